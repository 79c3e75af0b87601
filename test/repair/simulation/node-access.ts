import type {NodeAccess, RunResult} from '../../../source/access/access.ts';
import {connectingScript} from '../../../source/proof/connecting-script.ts';
import staleRules from '../../../source/repair/acts/stale-rules.sh';
import portmapBinary from '../../../source/repair/acts/portmap-binary.sh';
import {writtenFile} from '../../diagnosis/scenes.ts';
import {answerTo, knownVersions, type SimulatedNode, type World} from './world.ts';

/** A way into a simulated node. It knows the repair's scripts by themselves; node-scripts.test.ts runs those for real. */
export function accessTo(world: World, on: SimulatedNode, alive: () => void): NodeAccess {
	return {
		node: on.name,
		label: `pod kube-system/cilium-${on.agent.uid}`,
		configurationFolder: {host: '/etc/cni/net.d', seen: '/host/etc/cni/net.d'},
		binaryFolder: {host: '/opt/cni/bin', seen: '/host/opt/cni/bin'},
		hasAgentCommand: true,
		async run(script, {parameters = []}) {
			await Promise.resolve();
			alive();
			if (script === portmapBinary) return runPortmapBinary(world, on, parameters);
			if (script === staleRules) return clearRules(world, on, parameters);
			if (script === connectingScript) return answer(0, `${parameters[0] ?? ''} ${parameters[2] ?? ''} ok 1000\n`);
			if (!script.includes('*.conflist')) return answer(0);
			const {name, content} = writtenFile(world.version, on.chained);
			return answer(0, `${name}\n${content}`);
		},
		async put({name, content}) {
			await Promise.resolve();
			alive();
			world.act(`put ${name} on ${on.name}`, () => on.files.set(name, new TextDecoder().decode(content)));
		},
		close: async () => undefined,
	};
}

function runPortmapBinary(world: World, on: SimulatedNode, [what, , ...words]: readonly string[]): RunResult {
	const tidy = (): void => {
		for (const name of on.files.keys()) if (name.startsWith('.portmap.')) on.files.delete(name);
	};

	switch (what) {
		case 'probe': {
			const content = on.files.get('portmap');
			if (content === undefined) return answer(41);
			const known = knownVersions(content);
			return answer(codeFor(content, words), `sum ${sumOf(content)}\nmode 755\nanswer ${known === undefined ? '' : answerTo(known)}\n`);
		}

		case 'remove': {
			world.act(`tidy ${on.name}`, tidy);
			return answer(0);
		}

		case 'restore': {
			return world.act(`restore on ${on.name}`, () => {
				const [old = '', sum, own] = words;
				const kept = on.files.get(old);
				if (kept === undefined) return answer(41);
				if (sumOf(kept) !== sum) return answer(42);
				if (sumOf(on.files.get('portmap') ?? '') !== own) return answer(46);
				on.files.delete(old);
				on.files.set('portmap', kept);
				return answer(0);
			});
		}

		default: {
			const [staged = '', , old = '', ...asked] = words;
			return world.act(`install on ${on.name}`, () => {
				const content = on.files.get(staged) ?? '';
				const code = codeFor(content, asked);
				const before = on.files.get('portmap');
				if (code === 0 && old !== '' && before !== undefined && !on.files.has(old)) on.files.set(old, before);
				if (code === 0) on.files.set('portmap', content);
				tidy();
				return answer(code);
			});
		}
	}
}

const sumOf = (content: string): string => `sum-of-${content}`;

function codeFor(content: string, asked: readonly string[]): number {
	const known = knownVersions(content);
	return known === undefined ? 43 : asked.every(version => known.includes(version)) ? 0 : 45;
}

function clearRules(world: World, on: SimulatedNode, addresses: readonly string[]): RunResult {
	return world.act(`clear rules of ${on.name}`, () => {
		for (const address of addresses) on.rules.delete(address);
		return answer(0, 'removed 1\n');
	});
}

const answer = (exitCode: number, stdout = ''): RunResult => ({stdout, stderr: '', exitCode, truncated: false});
