import type {ClusterClient} from '../../../source/cluster/cluster-client.ts';
import type {Clock} from '../../../source/clock.ts';
import type {RepairTools} from '../../../source/repair/step-work.ts';
import {listed, respond} from './api.ts';
import {lookAt} from './evidence.ts';
import {accessTo} from './node-access.ts';
import {simulatedTime} from './time.ts';
import {Crash, simulatedWorld, type SimulatedPod, type SimulationOptions} from './world.ts';

export type Connection = {readonly client: ClusterClient; readonly clock: Clock; readonly tools: RepairTools};

/** A cluster of plain objects with a clock of its own, whose user can be killed at any moment. */
export function simulatedCluster(options: SimulationOptions = {}) {
	const world = simulatedWorld(options);
	const time = simulatedTime(world);

	/** A new process of ours, with its own connection; the ones before it are dead. */
	function connect(): Connection {
		const own = (world.epoch += 1);
		world.isCrashed = false;
		const isDead = (): boolean => world.isCrashed || own !== world.epoch;
		const alive = (): void => {
			time.noteRequest();
			if (isDead()) throw new Crash('dead');
			world.tick();
		};

		const client: ClusterClient = {
			server: 'https://simulated:6443',
			context: 'simulated',
			namespace: 'default',
			requestCount: 0,
			async request<T>(request: Parameters<ClusterClient['request']>[0]): Promise<T> {
				await Promise.resolve();
				alive();
				request.signal?.throwIfAborted();
				return respond(world, request) as T;
			},
			async list<T>(path: string, listOptions: Parameters<ClusterClient['list']>[1] = {}): Promise<T[]> {
				await Promise.resolve();
				alive();
				const all = listed(world, path, listOptions);
				return (listOptions.take === undefined ? all : all.map(listOptions.take).filter(each => each !== undefined)) as T[];
			},
			exec: async () => Promise.reject(new Error('not simulated')),
			watch: async () => Promise.reject(new Error('not simulated')),
			close: async () => undefined,
		};
		const clock = time.clockFor(isDead);
		const content = new TextEncoder().encode('good');
		const tools: RepairTools = {
			client,
			clock,
			openAgent: async node => Promise.resolve(accessTo(world, world.nodeNamed(node), alive)),
			openReader: async node => Promise.resolve(accessTo(world, world.nodeNamed(node), alive)),
			openWriter: async node => Promise.resolve(accessTo(world, world.nodeNamed(node), alive)),
			testPodOn: () => ({image: 'quay.io/cilium/cilium:v1.10.16', address: '10.88.0.11'}),
			portmapFor: async architecture =>
				Promise.resolve({
					content,
					sha256: 'sum-of-good',
					architecture,
					version: '1.9.1',
					isDynamic: false,
					cniVersion: '',
					origin: 'a file',
				}),
		};
		return {client, clock, tools};
	}

	return {
		connect,
		now: () => world.time,
		look: () => lookAt(world),
		violations: world.violations,
		log: world.log,
		hideHostPorts: () => void (world.hasHostPorts = false),
		join: (name: string) => world.join(name),
		leave: (name: string) => world.leave(name),
		get nodes() {
			return world.nodes;
		},
		configMaps: world.configMaps,
		nodeConfigs: world.nodeConfigs,
		helperPods: world.helperPods,
		secrets: world.secrets,
		daemonSets: world.daemonSets,
		originalData: world.originalData,
		restartedAt: () => world.daemonSet.restartedAt,
		unwired: (): SimulatedPod[] => world.pods.filter(({isWired}) => !isWired),
		/** The pod that nobody owns, where it is there. */
		barePod: (): SimulatedPod | undefined => world.pods.find(({isBare}) => isBare),
		/** Addresses of the pods that have a hostPort. */
		podAddresses: () => world.pods.map(({address}) => address),
		/** Addresses that portmap's rules lead to, on all nodes. */
		ruledAddresses: () => world.nodes.flatMap(({rules}) => [...rules]),
		/** Kills the process at a moment of the next run; resolves when it is dead. */
		killAt(moment: number): Promise<void> {
			world.acts = 0;
			world.crashAt = moment;
			return new Promise(resolve => {
				world.tellDeath = resolve;
			});
		},
		/** Whether that moment did not come; from now on nothing is killed. */
		survived(): boolean {
			world.crashAt = Number.POSITIVE_INFINITY;
			return !world.isCrashed;
		},
		/** Lets everything settle. */
		settle() {
			for (let second = 0; second < 100; second += 1) {
				world.time += 1000;
				world.tick();
			}
		},
	};
}

export type SimulatedCluster = ReturnType<typeof simulatedCluster>;
