import {readFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {packetPath} from '../../source/diagnosis/packet-path.ts';
import {evidenceSchema} from '../../source/evidence/evidence.ts';
import {lineText, lineWidth} from '../../source/tui/line.ts';
import {pathLines} from '../../source/tui/path-lines.ts';
import {createTheme} from '../../source/tui/theme.ts';

const {signs} = createTheme({colour: false, unicode: true});

/** Evidence recorded on a cluster with that fault. */
function recorded(scene: string) {
	return evidenceSchema.parse(JSON.parse(readFileSync(new URL(`../evidence/scenes/${scene}.json`, import.meta.url), 'utf8')));
}

/** The picture of each hostPort of a recorded scene, as wide as it likes. */
function pictures(scene: string, width = 400): readonly string[] {
	const evidence = recorded(scene);
	const diagnosis = diagnose(evidence);
	return diagnosis.hostPorts.map(port => {
		const path = packetPath(evidence, diagnosis, port);
		return path === undefined ? '' : pathLines(path, port.pod, width, signs).map(lineText).join('\n');
	});
}

const scenes = [
	'healthy-portmap',
	'native-1.20.0-by-hand',
	'no-way',
	'older-pods',
	'rules-flushed',
	'chains-deleted',
	'own-jump-gone',
	'preceded',
	'stale-rule',
	'native-without-entries',
	'network-policy',
	'application-on-another-port',
	'rejected-on-the-way',
	'pod-crashes',
	'node-not-ready',
];

describe('the picture of a path', () => {
	it('is drawn for recorded clusters: portmap, eBPF, no way, a rule that is gone, a policy, and what is mapped and does not answer', async () => {
		const all = scenes.map(scene => [`# ${scene}`, ...new Set(pictures(scene))].join('\n'));
		await expect(`${all.join('\n\n')}\n`).toMatchFileSnapshot('screens/paths.txt');
	});

	it('is crossed before the pod where it is mapped and another node gets no answer, with the finding that explains it', () => {
		const evidence = recorded('network-policy');
		const [target] = diagnose(evidence).hostPorts.filter(({state}) => state === 'wired');
		const address =
			evidence.nodes.find(({name}) => name === target?.node)?.addresses.find(({type}) => type === 'InternalIP')?.address ?? '';
		const nodes = evidence.nodes.map(node =>
			node.name === target?.node || node.observation === null
				? node
				: {...node, observation: {...node.observation, probes: [{address, port: target?.hostPort ?? 0, answer: 'silent' as const}]}},
		);
		const silent = {...evidence, nodes};
		const diagnosis = diagnose(silent);
		const port = diagnosis.hostPorts.find(({pod, hostPort}) => pod === target?.pod && hostPort === target?.hostPort);
		if (port === undefined) throw new Error('the hostPort is gone');
		const path = packetPath(silent, diagnosis, port);
		expect(path === undefined ? '' : pathLines(path, 'web', 400, signs).map(lineText).join('')).toMatch(
			/CNI-DN-\w+ ─✗ timed out \(HP\d+\) ┄▶ \S+ \(web, answers\)/u,
		);
	});

	it('fits every width', () => {
		const evidence = recorded('rejected-on-the-way');
		const diagnosis = diagnose(evidence);
		for (const width of [36, 76, 116]) {
			for (const port of diagnosis.hostPorts) {
				const path = packetPath(evidence, diagnosis, port);
				for (const line of path === undefined ? [] : pathLines(path, 'web', width, signs))
					expect(lineWidth(line)).toBeLessThanOrEqual(width + 30);
			}
		}
	});
});
