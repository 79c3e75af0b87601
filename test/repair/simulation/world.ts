import {loadedFile} from '../../../source/cilium/loaded-file.ts';
import {replacementOff, writtenFile} from '../../diagnosis/scenes.ts';

/** The process was killed: nothing that it does from here on has an effect. */
export class Crash extends Error {}

export type SimulatedNode = {
	readonly name: string;
	/** Files of the CNI binary folder; the content `good` stands for a portmap of today, `old` for one of before CNI 1.0. */
	readonly files: Map<string, string>;
	/** The list that its runtime loads names portmap. */
	chained: boolean;
	agent: {readonly uid: string; readonly createdAt: number; readonly readyAt: number; readonly revision: string};
	/** Addresses of pods that portmap's rules lead to. */
	readonly rules: Set<string>;
};

/** A pod of the DaemonSet `web`, which makes it anew on its node; or the one that nobody owns. */
export type SimulatedPod = {
	readonly name: string;
	readonly uid: string;
	readonly address: string;
	readonly node: string;
	readonly createdAt: number;
	readonly readyAt: number;
	leavingAt: number | undefined;
	readonly isWired: boolean;
	readonly isBare: boolean;
};

/** A ConfigMap, a CiliumNodeConfig or a helper pod. */
export type Stored = {
	readonly metadata: Record<string, unknown> & {readonly name: string; readonly resourceVersion: string};
	readonly data?: Record<string, string>;
	readonly spec?: Record<string, unknown>;
};

export type SimulationOptions = {
	readonly nodes?: number;
	readonly version?: string;
	/** CiliumNodeConfig exists. */
	readonly hasNodeConfigs?: boolean;
	readonly updateStrategy?: string;
	/** So many times a new helper pod is given an address that a pod of its node has already. */
	readonly sharedAddresses?: number;
	/** What lies under the name portmap on each node, in their order. */
	readonly portmaps?: ReadonlyArray<'good' | 'old' | undefined>;
	/** A pod `bare` with a hostPort, that nobody owns. */
	readonly hasBarePod?: boolean;
};

/** Versions of the CNI specification that a program knows, by the content that stands for it; undefined: it does not run. */
export const knownVersions = (content: string | undefined): readonly string[] | undefined =>
	content === 'good' ? ['0.3.1', '0.4.0', '1.0.0'] : content === 'old' ? ['0.3.1', '0.4.0'] : undefined;

export const answerTo = (versions: readonly string[]): string => JSON.stringify({cniVersion: versions.at(-1), supportedVersions: versions});

/**
 * The state of a simulated cluster, its controllers and kubelets. `act` counts everything that changes it from outside, and
 * kills the process before (even) or after (odd) such an act where that was asked for.
 */
export function simulatedWorld({
	nodes: count = 2,
	version = '1.10.16',
	hasNodeConfigs = false,
	updateStrategy = 'RollingUpdate',
	sharedAddresses = 0,
	portmaps = [],
	hasBarePod = false,
}: SimulationOptions) {
	let serial = 1000;
	const next = (): string => String((serial += 1));
	const originalData: Record<string, string> = {...replacementOff(version), debug: 'false'};
	const asked = loadedFile([writtenFile(version, true)])?.cniVersion ?? '';
	/** libcni hands the version of the list to each plugin, which refuses one that it does not know. */
	const canCall = (on: SimulatedNode): boolean => knownVersions(on.files.get('portmap'))?.includes(asked) === true;
	const start = Date.parse('2024-02-07T02:00:00Z');
	const world = {
		version,
		hasNodeConfigs,
		updateStrategy,
		sharedAddresses,
		originalData,
		/** The pods' own specs still ask for a hostPort. */
		hasHostPorts: true,
		time: start,
		/** Processes before this one are dead. */
		epoch: 0,
		isCrashed: false,
		acts: 0,
		crashAt: Number.POSITIVE_INFINITY,
		tellDeath: (): void => undefined,
		/** Moments at which a pod could not have started or stopped: there may never be one. */
		violations: [] as string[],
		log: [] as string[],
		configMaps: new Map<string, Stored>([
			['cilium-config', {metadata: {name: 'cilium-config', resourceVersion: next()}, data: {...originalData}}],
		]),
		nodeConfigs: new Map<string, Stored>(),
		helperPods: new Map<string, Stored>(),
		secrets: new Map<string, Stored>(),
		/** DaemonSets beside Cilium's own. */
		daemonSets: new Map<string, Stored>(),
		daemonSet: {restartedAt: undefined as string | undefined, generation: 1},
		pods: [] as SimulatedPod[],
		nodes: Array.from({length: count}, (_, index): SimulatedNode => ({
			name: `node-${index + 1}`,
			files: new Map([
				['cilium-cni', 'cni'],
				['loopback', 'loop'],
				...(portmaps[index] === undefined ? [] : [['portmap', portmaps[index]] as const]),
			]),
			chained: false,
			agent: {uid: next(), createdAt: start - 86_400_000, readyAt: 0, revision: 'r-first'},
			rules: new Set<string>(),
		})),
		next,
		canCall,
		revisionNow: (): string => `r-${world.daemonSet.restartedAt ?? 'first'}`,
		/** A node that a node pool adds: its agent starts with the settings of the moment. */
		join(name: string): void {
			const agent = {uid: next(), createdAt: world.time, readyAt: world.time, revision: world.revisionNow()};
			const joined: SimulatedNode = {name, files: new Map([['cilium-cni', 'cni']]), chained: false, agent, rules: new Set<string>()};
			world.nodes.push(joined);
			joined.chained = settingsOf(joined)['cni-chaining-mode'] === 'portmap';
		},

		/** A node that is gone, with its pods. */
		leave(name: string): void {
			world.nodes = world.nodes.filter(each => each.name !== name);
			world.pods = world.pods.filter(({node}) => node !== name);
		},

		nodeNamed(name: string): SimulatedNode {
			const found = world.nodes.find(each => each.name === name);
			if (found === undefined) throw new Error(`no node ${name}`);
			return found;
		},

		/** An agent reads its settings once, when it starts, and writes the list. */
		startAgent(on: SimulatedNode): void {
			on.agent = {uid: next(), createdAt: world.time, readyAt: world.time + 3000, revision: world.revisionNow()};
			on.chained = settingsOf(on)['cni-chaining-mode'] === 'portmap';
			check();
		},

		/** A pod that somebody creates by hand. */
		startBarePod(on: SimulatedNode): void {
			startPod(on, world.time, 'bare');
		},

		/** What the controllers and kubelets do meanwhile. */
		tick(): void {
			if (updateStrategy === 'RollingUpdate' && world.nodes.every(({agent}) => agent.readyAt <= world.time)) {
				const old = world.nodes.find(({agent}) => agent.revision !== world.revisionNow());
				if (old !== undefined) world.startAgent(old);
			}

			for (const pod of world.pods) {
				if (pod.leavingAt === undefined || pod.leavingAt > world.time) continue;
				stopPod(pod);
				if (!pod.isBare) startPod(world.nodeNamed(pod.node), world.time);
			}

			for (const [name, pod] of world.helperPods) {
				if (pod.metadata['deletionTimestamp'] !== undefined) world.helperPods.delete(name);
			}
		},

		/** One act: the process may be killed just before it, or just after it with the answer lost. */
		act<T>(name: string, perform: () => T): T {
			if (world.isCrashed) throw new Crash(name);
			world.acts += 1;
			if (world.acts * 2 === world.crashAt) die(`before ${name}`);
			world.log.push(name);
			const result = perform();
			check();
			if (world.acts * 2 + 1 === world.crashAt) die(`after ${name}`);
			return result;
		},
	};

	/** The CNI calls of a pod's start and stop: with the list chained and no binary the kubelet fails for ever. */
	function startPod(on: SimulatedNode, at: number, name = ''): void {
		const uid = next();
		const address = `10.0.${Math.floor(Number(uid) / 250)}.${Number(uid) % 250}`;
		if (on.chained && !canCall(on)) world.violations.push(`no pod can start on ${on.name}`);
		if (on.chained) on.rules.add(address);
		world.pods.push({
			name: name || `web-${uid}`,
			uid,
			address,
			node: on.name,
			createdAt: at,
			readyAt: at + 2000,
			leavingAt: undefined,
			isWired: on.chained,
			isBare: name !== '',
		});
	}

	function stopPod({uid, node, address}: SimulatedPod): void {
		const on = world.nodeNamed(node);
		if (on.chained && !canCall(on)) world.violations.push(`no pod can stop on ${on.name}`);
		if (on.chained) on.rules.delete(address);
		world.pods = world.pods.filter(each => each.uid !== uid);
	}

	function settingsOf(on: SimulatedNode): Record<string, string> {
		const own = [...world.nodeConfigs.values()].filter(({spec}) => JSON.stringify(spec).includes(`"kubernetes.io/hostname":"${on.name}"`));
		const defaults = own.map(({spec}) => (spec as {defaults: Record<string, string>}).defaults);
		return Object.assign({}, world.configMaps.get('cilium-config')?.data, ...defaults) as Record<string, string>;
	}

	function check(): void {
		for (const node of world.nodes) {
			if (node.chained && !canCall(node)) world.violations.push(`${node.name} is chained without a working binary`);
		}
	}

	function die(where: string): never {
		world.isCrashed = true;
		world.tellDeath();
		throw new Crash(where);
	}

	for (const each of world.nodes) startPod(each, start - 3_600_000);
	if (hasBarePod && world.nodes[0] !== undefined) startPod(world.nodes[0], start - 3_600_000, 'bare');
	return world;
}

export type World = ReturnType<typeof simulatedWorld>;
