import {describe, expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {configuredFolders, portmapBinary} from '../../source/diagnosis/portmap-binary.ts';
import type {SandboxEvent} from '../../source/diagnosis/sandbox-events.ts';
import type {BinaryFile, NodeEvidence, Observation} from '../../source/evidence/evidence.ts';
import {binary, node, observation, workingPortmap} from './builders.ts';
import {healthyPortmapEvidence, withNode, withObservation} from './scenes.ts';

const others = [binary('cilium-cni'), binary('loopback')];
const answer = '{"cniVersion":"1.0.0"}';

function nodeWith(file: Partial<BinaryFile> | undefined, parts: Partial<NodeEvidence> = {}, seen: Partial<Observation> = {}): NodeEvidence {
	const files = file === undefined ? others : [...others, binary('portmap', file)];
	return node('node-1', '10.88.0.11', observation({binaryFolder: {host: '/opt/cni/bin', files}, ...seen}), parts);
}

function event(parts: Partial<SandboxEvent>): SandboxEvent {
	return {
		node: 'node-1',
		object: 'default/Pod/new',
		message: 'what the runtime said',
		moment: 'create',
		missingPlugin: '',
		searched: [],
		cannotRun: '',
		plugin: '',
		portmapSays: '',
		lastSeen: 2000,
		isOfThePast: false,
		...parts,
	};
}

const notFound = event({missingPlugin: 'portmap', searched: ['/opt/cni/bin']});

describe('what a look from a pod tells of portmap', () => {
	test.each<[state: string, says: RegExp, file: Partial<BinaryFile> | undefined]>([
		['missing', /^no portmap; there are cilium-cni, loopback$/, undefined],
		['working', /answers CNI_COMMAND=VERSION/, {versionExitCode: 0, versionAnswer: answer}],
		['working', /answers/, {versionExitCode: 0, versionAnswer: '{"supportedVersions":["0.3.1"]}', architecture: '386'}],
		['not-executable', /mode 644/, {mode: '644', versionExitCode: 126}],
		['not-executable', /mode 0/, {mode: '0'}],
		['present', /was not run/, {mode: '', versionExitCode: null}],
		['present', /was not run/, {mode: '100'}],
		['fails', /not a program \(0 bytes\)/, {architecture: 'none', size: 0, versionExitCode: 0}],
		['wrong-architecture', /built for arm64, the node is amd64/, {architecture: 'arm64', versionExitCode: 2}],
		['present', /was not run/, {architecture: ''}],
		['present', /was not run/, {architecture: 'script'}],
		['fails', /ends with 139 on CNI_COMMAND=VERSION: Segmentation fault$/, {versionExitCode: 139, versionAnswer: 'Segmentation fault'}],
		['fails', /ends with 129 .*: no answer$/, {versionExitCode: 129}],
		['doubtful', /ends with 128/, {versionExitCode: 128}],
		['doubtful', /ends with 137/, {versionExitCode: 137}],
		['fails', /ends with 159/, {versionExitCode: 159}],
		['doubtful', /ends with 160/, {versionExitCode: 160}],
		['doubtful', /ends with 127 .*: not found when called inside a pod/, {versionExitCode: 127, versionAnswer: 'not found'}],
		['fails', /exec format error/, {versionExitCode: 126, versionAnswer: 'exec format error'}],
		['fails', /ends with 0 .*: hello/, {versionExitCode: 0, versionAnswer: 'hello'}],
		['doubtful', /ends with 0/, {versionExitCode: 0, architecture: 'script'}],
		['missing', /links to \.\/portmap-1, which does not exist/, {linksTo: './portmap-1', mode: ''}],
		['missing', /which does not exist/, {linksTo: 'portmap-1', mode: ''}],
		['missing', /which does not exist/, {linksTo: '/opt/cni/bin/portmap-1', mode: ''}],
		['doubtful', /cannot be seen from inside a pod/, {linksTo: '/opt/cni/bin/loopback', mode: ''}],
		['doubtful', /cannot be seen from inside a pod/, {linksTo: '/usr/lib/cni/portmap', mode: ''}],
		['doubtful', /cannot be seen from inside a pod/, {linksTo: '../lib/portmap', mode: ''}],
		['working', /answers/, {linksTo: './portmap-1', versionExitCode: 0, versionAnswer: answer}],
	])('%s, %s', (state, says, file) => {
		const seen = portmapBinary(nodeWith(file), undefined);
		expect(seen).toMatchObject({state, folder: '/opt/cni/bin', seenBy: 'listing'});
		expect(seen.says).toMatch(says);
	});

	test('a loader that the node lacks shows in what the runtime met, though the binary answers in a pod', () => {
		const runs = {versionExitCode: 0, versionAnswer: answer};
		const met = event({cannotRun: 'fork/exec /opt/cni/bin/portmap: no such file or directory'});
		expect(portmapBinary(nodeWith(runs), met)).toMatchObject({
			state: 'fails',
			says: expect.stringMatching(/its loader or interpreter is missing$/),
		});
		expect(portmapBinary(nodeWith(runs, {}, {onNode: true}), met).state).toBe('working');
		expect(portmapBinary(nodeWith(runs), {...met, lastSeen: -1}).state).toBe('working');
	});

	test('on the node itself a failure is one', () => {
		const failing = {versionExitCode: 127, versionAnswer: 'not found'};
		expect(portmapBinary(nodeWith(failing, {via: 'ssh'}), undefined).state).toBe('fails');
		expect(portmapBinary(nodeWith(failing, {}, {onNode: true}), undefined).state).toBe('fails');
	});

	test('of many files six are named', () => {
		const files = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(name => binary(name));
		const seen = portmapBinary(node('node-1', '', observation({binaryFolder: {host: '/opt/cni/bin', files}})), undefined);
		expect(seen.says).toBe('no portmap; there are a, b, c, d, e, f and 2 more');
		expect(portmapBinary(node('node-1', '', observation({binaryFolder: {host: '/x', files: []}})), undefined).says).toBe(
			'no portmap; there are no files',
		);
	});
});

describe('what the runtime itself met', () => {
	test('counts where nothing was listed', () => {
		const unseen = nodeWith(undefined, {}, {binaryFolder: null});
		expect(portmapBinary(unseen, undefined)).toMatchObject({state: 'unseen', seenBy: 'nothing', folder: ''});
		expect(portmapBinary(unseen, notFound)).toMatchObject({
			state: 'missing',
			seenBy: 'event',
			folder: '/opt/cni/bin',
			says: notFound.message,
		});
		expect(portmapBinary(unseen, event({cannotRun: 'exec format error'}))).toMatchObject({state: 'fails', seenBy: 'event'});
	});

	test('settles what a pod does not see, if it is younger than the file', () => {
		const link = {linksTo: '/usr/lib/cni/portmap', mode: ''};
		expect(portmapBinary(nodeWith({...link, changed: 2000}), notFound)).toMatchObject({state: 'missing', seenBy: 'listing'});
		expect(portmapBinary(nodeWith({...link, changed: 2001}), notFound).state).toBe('doubtful');
		expect(portmapBinary(nodeWith({...link, changed: 2001}), {...notFound, lastSeen: undefined}).state).toBe('missing');
		const script = {architecture: 'script', versionExitCode: 127, changed: 1000};
		const refused = event({cannotRun: 'no such file or directory'});
		expect(portmapBinary(nodeWith(script), refused)).toMatchObject({state: 'fails'});
		expect(portmapBinary(nodeWith({...script, changed: 3000}), refused).state).toBe('doubtful');
		expect(portmapBinary(nodeWith(script), notFound).state).toBe('unfound');
		expect(portmapBinary(nodeWith({...script, changed: 0}), notFound).state).toBe('doubtful');
		expect(portmapBinary(nodeWith({versionExitCode: 0, versionAnswer: answer}), refused).state).toBe('fails');
	});

	test('names the folder that counts', () => {
		const elsewhere = event({missingPlugin: 'portmap', searched: ['/usr/libexec/cni', '/usr/lib/cni']});
		const there = portmapBinary(nodeWith({}), elsewhere);
		expect(there).toMatchObject({state: 'elsewhere', folder: '/usr/libexec/cni', seenBy: 'listing'});
		expect(there.says).toBe('portmap is in /opt/cni/bin, but the runtime searches /usr/libexec/cni, /usr/lib/cni');
		expect(portmapBinary(nodeWith(undefined), elsewhere)).toMatchObject({state: 'missing', seenBy: 'event', says: elsewhere.message});
	});
});

describe('the runtime’s configuration', () => {
	const runtime = (...binaryFolders: string[]) => ({binaryFolders, configurationFolder: '', source: '/etc/containerd/config.toml'});

	test('names the folder where a listing of another one tells nothing', () => {
		const files = [binary('portmap')];
		const seen = {binaryFolder: {host: '/opt/cni/bin', files}, runtime: runtime('/usr/libexec/cni')};
		const other = node('node-1', '', observation(seen));
		expect(portmapBinary(other, undefined)).toMatchObject({state: 'unseen', seenBy: 'nothing', folder: '/usr/libexec/cni'});
		const without = node('node-1', '', observation({...seen, binaryFolder: {host: '/opt/cni/bin', files: []}}));
		expect(portmapBinary(without, undefined)).toMatchObject({state: 'unseen', seenBy: 'nothing'});
	});

	test('is refuted by Cilium’s own plugin in a folder that it does not name', () => {
		expect(configuredFolders(nodeWith(undefined, {}, {runtime: runtime('/usr/libexec/cni')}))).toEqual([]);
		expect(configuredFolders(nodeWith(undefined, {}, {runtime: runtime('/opt/cni/bin', '/x')}))).toEqual(['/opt/cni/bin', '/x']);
		expect(configuredFolders(nodeWith(undefined, {}, {runtime: null}))).toEqual([]);
	});
});

describe('a pod that has rules from it proves that it runs', () => {
	const scene = (changed: number) =>
		withObservation(healthyPortmapEvidence('1.17.4'), 'node-2', {
			binaryFolder: {
				host: '/opt/cni/bin',
				files: [...others, binary('portmap', {versionExitCode: 127, versionAnswer: 'not found', changed})],
			},
		});
	const started = Date.parse('2024-02-01T10:00:00Z') / 1000;

	test.each([
		['since the pod’s start', started, 'ok', undefined],
		['later', started + 1, 'unknown', 'HP02'],
		['at a time that was not told', 0, 'ok', undefined],
	])('where the file is there %s', (_, changed, verdict, code) => {
		const {nodes, findings} = diagnose(scene(changed));
		expect(nodes[1]?.verdict).toBe(verdict);
		expect(findings.find(({severity}) => severity === 'warning')?.code).toBe(code);
	});

	test('a pod whose start is not known proves nothing', () => {
		const base = scene(started);
		expect(diagnose({...base, pods: base.pods.map(each => ({...each, startedAt: null}))}).nodes[1]?.verdict).toBe('unknown');
	});
});

test('a binary that runs needs no other proof', () => {
	const base = withNode(healthyPortmapEvidence(), 'node-1', item => ({...item, architecture: ''}));
	expect(
		diagnose(withObservation(base, 'node-1', {binaryFolder: {host: '/opt/cni/bin', files: [...others, workingPortmap()]}})).nodes[0]
			?.verdict,
	).toBe('ok');
});
