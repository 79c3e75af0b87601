import type {NodeAccess, RunResult} from '../../../source/access/access.ts';
import staleRules from '../../../source/repair/stale-rules.sh';
import portmapBinary from '../../../source/repair/portmap-binary.sh';
import {writtenFile} from '../../diagnosis/scenes.ts';
import {isGood, type SimulatedNode, type World} from './world.ts';

/** A way into a simulated node. It knows the repair's scripts by themselves; node-scripts.test.ts runs those for real. */
export function accessTo(world: World, on: SimulatedNode, alive: () => void): NodeAccess {
	return {
		way: 'agent',
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

function runPortmapBinary(world: World, on: SimulatedNode, [what, , staged = '']: readonly string[]): RunResult {
	const tidy = (): void => {
		for (const name of on.files.keys()) if (name.startsWith('.portmap')) on.files.delete(name);
	};

	switch (what) {
		case 'probe': {
			const content = on.files.get('portmap');
			if (content === undefined) return answer(41);
			return answer(isGood(content) ? 0 : 43, 'sum abc\nmode 755\nanswer {"cniVersion":"1.0.0"}\n');
		}

		case 'remove': {
			world.act(`tidy ${on.name}`, tidy);
			return answer(0);
		}

		default: {
			return world.act(`install on ${on.name}`, () => {
				const content = on.files.get(staged) ?? '';
				if (isGood(content)) on.files.set('portmap', content);
				tidy();
				return answer(isGood(content) ? 0 : 43);
			});
		}
	}
}

function clearRules(world: World, on: SimulatedNode, addresses: readonly string[]): RunResult {
	return world.act(`clear rules of ${on.name}`, () => {
		for (const address of addresses) on.rules.delete(address);
		return answer(0, 'removed 1\n');
	});
}

const answer = (exitCode: number, stdout = ''): RunResult => ({stdout, stderr: '', exitCode, truncated: false});
