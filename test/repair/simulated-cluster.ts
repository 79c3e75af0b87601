import type {NodeAccess, RunResult} from '../../source/access/access.ts';
import type {ApiRequest, ClusterClient, ListOptions} from '../../source/cluster/cluster-client.ts';
import {ClusterError} from '../../source/cluster/cluster-error.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import staleRules from '../../source/repair/stale-rules.sh';
import portmapBinaryScript from '../../source/repair/steps/portmap-binary.sh';
import type {RepairTools} from '../../source/repair/step-work.ts';
import {
	agentStatus,
	binary,
	cilium,
	evidence,
	natTable,
	node as nodeEvidence,
	observation,
	pod as podEvidence,
	port,
	portmapHooks,
	portmapRules,
	workingPortmap,
} from '../diagnosis/builders.ts';
import {replacementOff, writtenFile} from '../diagnosis/scenes.ts';

/** The process was killed: nothing that it does from here on has an effect. */
export class Crash extends Error {}

type Simulated = {
	readonly name: string;
	files: Map<string, string>;
	chained: boolean;
	agent: {uid: string; createdAt: number; readyAt: number; revision: string};
};
type Pod = {
	name: string;
	uid: string;
	node: string;
	createdAt: number;
	readyAt: number;
	leavingAt: number | undefined;
	hostPort: number;
	controlled: boolean;
};
type Stored = {
	metadata: Record<string, unknown> & {name: string; resourceVersion: string};
	data?: Record<string, string>;
	spec?: Record<string, unknown>;
};

export type SimulationOptions = {
	readonly nodes?: number;
	readonly version?: string;
	/** CiliumNodeConfig exists. */
	readonly hasNodeConfigs?: boolean;
	readonly updateStrategy?: string;
	readonly data?: Record<string, string>;
};

/**
 * A cluster of plain objects with a clock of its own: its controllers move when a request comes or time passes. `acts`
 * counts everything that changes it; `crashAt` kills the process before (even) or after (odd) such an act.
 */
export function simulatedCluster({
	nodes: count = 2,
	version = '1.10.16',
	hasNodeConfigs = false,
	updateStrategy = 'RollingUpdate',
	data,
}: SimulationOptions = {}) {
	let time = Date.parse('2024-02-07T02:00:00Z');
	let serial = 1000;
	/** Processes before this one are dead. */
	let epoch = 0;
	let crashed = false;
	let tellDeath = (): void => undefined;
	let acts = 0;
	let crashAt = Number.POSITIVE_INFINITY;
	const next = (): string => String((serial += 1));
	const violations: string[] = [];
	const log: string[] = [];
	const configMaps = new Map<string, Stored>();
	const nodeConfigs = new Map<string, Stored>();
	const daemonSet = {restartedAt: undefined as string | undefined, generation: 1};
	const helperPods = new Map<string, Stored>();
	let pods: Pod[] = [];
	const originalData = data ?? {...replacementOff(version), debug: 'false'};
	configMaps.set('cilium-config', {metadata: {name: 'cilium-config', resourceVersion: next()}, data: {...originalData}});
	const revisionNow = (): string => `r-${daemonSet.restartedAt ?? 'first'}`;
	const nodes: Simulated[] = Array.from({length: count}, (_, index) => ({
		name: `node-${index + 1}`,
		files: new Map([
			['cilium-cni', 'cni'],
			['loopback', 'loop'],
		]),
		chained: (originalData['cni-chaining-mode'] ?? 'none') === 'portmap',
		agent: {uid: next(), createdAt: time - 86_400_000, readyAt: 0, revision: 'r-first'},
	}));
	const isWired = new Map<string, boolean>();
	const rules = new Map<string, Set<string>>(nodes.map(({name}) => [name, new Set<string>()]));
	const addressOf = ({uid}: {uid: string}): string => `10.0.${Math.floor(Number(uid) / 250)}.${Number(uid) % 250}`;

	for (const each of nodes) startPod(each, 4318, true, time - 3_600_000);

	/** The CNI calls of a pod's start and stop: with the list chained and no binary the kubelet fails for ever. */
	function startPod(on: Simulated, hostPort: number, controlled: boolean, at: number): Pod {
		const uid = next();
		const created: Pod = {
			name: `web-${uid}`,
			uid,
			node: on.name,
			createdAt: at,
			readyAt: at + 2000,
			leavingAt: undefined,
			hostPort,
			controlled,
		};
		if (on.chained) {
			if (on.files.get('portmap') === 'good') {
				isWired.set(uid, true);
				rules.get(on.name)?.add(addressOf({uid}));
			} else violations.push(`no pod can start on ${on.name}`);
		}

		pods.push(created);
		return created;
	}

	function stopPod(pod: Pod): void {
		const on = nodes.find(({name}) => name === pod.node);
		if (on?.chained === true) {
			if (on.files.get('portmap') === 'good') rules.get(on.name)?.delete(addressOf(pod));
			else violations.push(`no pod can stop on ${on.name}`);
		}

		pods = pods.filter(({uid}) => uid !== pod.uid);
	}

	function effective(on: Simulated): Record<string, string> {
		const own = [...nodeConfigs.values()].filter(({spec}) => JSON.stringify(spec).includes(`"kubernetes.io/hostname":"${on.name}"`));
		const defaults = own.map(({spec}) => (spec as {defaults: Record<string, string>}).defaults);
		return Object.assign({}, configMaps.get('cilium-config')?.data, ...defaults) as Record<string, string>;
	}

	function startAgent(on: Simulated): void {
		on.agent = {uid: next(), createdAt: time, readyAt: time + 3000, revision: revisionNow()};
		on.chained = effective(on)['cni-chaining-mode'] === 'portmap';
		check();
	}

	function check(): void {
		for (const {name, chained, files} of nodes) {
			if (chained && files.get('portmap') !== 'good') violations.push(`${name} is chained without a working binary`);
		}
	}

	/** What the controllers and kubelets do meanwhile. */
	function tick(): void {
		if (updateStrategy === 'RollingUpdate' && nodes.every(({agent}) => agent.readyAt <= time)) {
			const old = nodes.find(({agent}) => agent.revision !== revisionNow());
			if (old !== undefined) startAgent(old);
		}

		for (const pod of pods) {
			if (pod.leavingAt === undefined || pod.leavingAt > time) continue;
			stopPod(pod);
			const on = nodes.find(({name}) => name === pod.node);
			if (on !== undefined && pod.controlled) startPod(on, pod.hostPort, true, time);
		}

		for (const [name, pod] of helperPods) {
			if (pod.metadata['deletionTimestamp'] !== undefined) helperPods.delete(name);
		}
	}

	function die(where: string): never {
		crashed = true;
		tellDeath();
		throw new Crash(where);
	}

	/** One act: the process may be killed just before it, or just after it with the answer lost. */
	function act<T>(name: string, perform: () => T): T {
		if (crashed) throw new Crash(name);
		acts += 1;
		if (acts * 2 === crashAt) die(`before ${name}`);

		log.push(name);
		const result = perform();
		check();
		if (acts * 2 + 1 === crashAt) die(`after ${name}`);

		return result;
	}

	const failure = (status: number, message: string, verb = 'get'): ClusterError =>
		new ClusterError(message, 'a hint', {verb, resource: 'objects'}, {status, reason: 'Refused'});

	const agentObject = (on: Simulated) => ({
		metadata: {
			name: `cilium-${on.agent.uid}`,
			uid: on.agent.uid,
			creationTimestamp: new Date(Math.floor(on.agent.createdAt / 1000) * 1000).toISOString(),
		},
		spec: {nodeName: on.name},
		status: {conditions: [{type: 'Ready', status: on.agent.readyAt <= time ? 'True' : 'False'}]},
	});
	const podObject = (pod: Pod) => ({
		metadata: {
			name: pod.name,
			namespace: 'default',
			uid: pod.uid,
			creationTimestamp: new Date(Math.floor(pod.createdAt / 1000) * 1000).toISOString(),
			...(pod.leavingAt !== undefined && {deletionTimestamp: new Date(pod.leavingAt).toISOString()}),
			labels: {'controller-revision-hash': 'abc'},
			...(pod.controlled && {ownerReferences: [{uid: 'owner', controller: true, kind: 'DaemonSet', name: 'web'}]}),
		},
		spec: {nodeName: pod.node, containers: []},
		status: {phase: 'Running', podIP: addressOf(pod), conditions: [{type: 'Ready', status: pod.readyAt <= time ? 'True' : 'False'}]},
	});

	function writeObject(store: Map<string, Stored>, name: string, body: Partial<Stored>, {method, query}: ApiRequest): Stored {
		const old = store.get(name);
		if (method === 'POST' && old !== undefined) throw failure(409, 'it exists already', 'create');
		if (method !== 'POST' && old === undefined) throw failure(404, 'not found', 'patch');
		const guard = body.metadata?.resourceVersion;
		if (old !== undefined && guard !== undefined && guard !== old.metadata.resourceVersion)
			throw failure(409, 'the object has been modified', 'patch');
		if (query?.['dryRun'] === 'All') return old as Stored;
		const merged: Record<string, unknown> = method === 'PATCH' ? {...old?.data, ...body.data} : {...body.data};
		const entries = Object.entries(merged).filter(([, value]) => value !== null) as Array<[string, string]>;
		const written: Stored = {
			...old,
			...body,
			metadata: {...old?.metadata, ...body.metadata, name, resourceVersion: next()},
			...((body.data ?? old?.data) !== undefined && {data: Object.fromEntries(entries)}),
		};
		store.set(name, written);
		return written;
	}

	function respond(request: ApiRequest): unknown {
		const {method = 'GET', path, query} = request;
		const body = request.body as Partial<Stored> & {spec?: {template?: {metadata: {annotations: Record<string, string | null>}}}};
		const parts = path.split('/');
		const name = parts.at(-1) ?? '';
		if (path.endsWith('/daemonsets/cilium')) {
			if (method === 'PATCH') {
				act('restart the agents', () => {
					const value = body.spec?.template?.metadata.annotations['kubectl.kubernetes.io/restartedAt'] ?? undefined;
					if (value !== daemonSet.restartedAt) daemonSet.generation += 1;
					daemonSet.restartedAt = value;
				});
			}

			return {
				metadata: {generation: daemonSet.generation},
				spec: {
					selector: {matchLabels: {'k8s-app': 'cilium'}},
					updateStrategy: {type: updateStrategy},
					template: {
						metadata: {
							annotations: daemonSet.restartedAt === undefined ? {} : {'kubectl.kubernetes.io/restartedAt': daemonSet.restartedAt},
						},
					},
				},
				status: {
					observedGeneration: daemonSet.generation,
					desiredNumberScheduled: nodes.length,
					updatedNumberScheduled: nodes.filter(({agent}) => agent.revision === revisionNow()).length,
					numberAvailable: nodes.filter(({agent}) => agent.readyAt <= time).length,
				},
			};
		}

		if (path.endsWith('/daemonsets/web')) return {spec: {updateStrategy: {rollingUpdate: {maxUnavailable: 1}}}};
		if (path.includes('/configmaps')) {
			if (method === 'GET') {
				const found = configMaps.get(name);
				if (found === undefined) throw failure(404, 'not found');
				return structuredClone(found);
			}

			const target = method === 'POST' ? (body.metadata?.name ?? '') : name;
			if (method === 'DELETE') return act(`delete ${target}`, () => configMaps.delete(target));
			if (query?.['dryRun'] === 'All') return writeObject(configMaps, target, body, request);
			// A renewal of the lock changes nothing that matters, and there are many.
			const isRenewal = method === 'PATCH' && target === 'hostport-lock';
			if (isRenewal) return structuredClone(writeObject(configMaps, target, body, request));
			return act(`${method} ${target}`, () => structuredClone(writeObject(configMaps, target, body, request)));
		}

		if (path.includes('/ciliumnodeconfigs')) {
			if (!hasNodeConfigs) throw failure(404, 'no such resource');
			if (method === 'POST') return act('create the node config', () => writeObject(nodeConfigs, body.metadata?.name ?? '', body, request));
			return act('delete the node config', () => {
				if (!nodeConfigs.delete(name)) throw failure(404, 'not found');
			});
		}

		if (path.endsWith('/eviction')) {
			const pod = pods.find(each => each.name === parts.at(-2));
			const wanted = (request.body as {deleteOptions: {preconditions: {uid: string}}}).deleteOptions.preconditions.uid;
			if (pod === undefined) throw failure(404, 'not found', 'create');
			if (pod.uid !== wanted) throw failure(409, 'another uid', 'create');
			return act(`evict ${pod.name}`, () => {
				pod.leavingAt ??= time + 1000;
			});
		}

		if (method === 'DELETE' && path.includes('/pods/')) {
			const agent = nodes.find(each => name === `cilium-${each.agent.uid}`);
			if (agent !== undefined) return act(`delete the agent of ${agent.name}`, () => startAgent(agent));
			return act(`delete pod ${name}`, () => {
				const helper = helperPods.get(name);
				if (helper === undefined) throw failure(404, 'not found', 'delete');
				helper.metadata['deletionTimestamp'] = 'now';
			});
		}

		if (method === 'POST' && path.endsWith('/pods')) {
			return act(`create pod ${body.metadata?.name ?? ''}`, () => {
				const on = nodes.find(each => each.name === (body.spec as {nodeName?: string}).nodeName);
				if (on?.chained === true && on.files.get('portmap') !== 'good') violations.push(`the test pod cannot start on ${on.name}`);
				return writeObject(helperPods, body.metadata?.name ?? '', body, request);
			});
		}

		if (method === 'GET' && path.includes('/pods/')) {
			const helper = helperPods.get(name);
			if (helper !== undefined)
				return {...helper, status: {phase: 'Running', podIP: '10.0.9.9', containerStatuses: [{state: {running: {}}}]}};
			const pod = pods.find(each => each.name === name);
			if (pod === undefined) throw failure(404, 'not found');
			return podObject(pod);
		}

		throw failure(404, `nothing at ${method} ${path}`);
	}

	const answer = (exitCode: number, stdout = ''): RunResult => ({stdout, stderr: '', exitCode, truncated: false});
	const isGood = (content: string | undefined): boolean => content === 'good';

	function runOn(on: Simulated, script: string, parameters: readonly string[]): RunResult {
		if (script === portmapBinaryScript) {
			const [what, , staged = ''] = parameters;
			if (what === 'probe') {
				const content = on.files.get('portmap');
				return answer(
					content === undefined ? 41 : isGood(content) ? 0 : 43,
					content === undefined ? '' : 'sum abc\nmode 755\nanswer {"cniVersion":"1.0.0"}\n',
				);
			}

			const tidy = (): void => {
				for (const name of on.files.keys()) if (name.startsWith('.portmap')) on.files.delete(name);
			};
			if (what === 'remove') {
				act(`tidy ${on.name}`, tidy);
				return answer(0);
			}

			return act(`install on ${on.name}`, () => {
				const content = on.files.get(staged) ?? '';
				if (isGood(content)) on.files.set('portmap', content);
				tidy();
				return answer(isGood(content) ? 0 : 43);
			});
		}

		if (script === staleRules) {
			return act(`clear rules of ${on.name}`, () => {
				for (const address of parameters) rules.get(on.name)?.delete(address);
				return answer(0, 'removed 1\n');
			});
		}

		if (script.includes('*.conflist')) {
			const {name, content} = writtenFile(version, on.chained);
			return answer(0, `${name}\n${content}`);
		}

		return answer(0);
	}

	// Time jumps to the next sleeper when a turn of the loop has passed in which nobody asked for anything.
	const sleepers: Array<{at: number; wake: () => void}> = [];
	let asked = 0;
	let askedBefore = -1;
	let turning = false;
	const turn = (): void => {
		turning = sleepers.length > 0;
		if (!turning) return;
		if (asked === askedBefore) {
			sleepers.sort((a, b) => a.at - b.at);
			const sleeper = sleepers.shift();
			time = Math.max(time, sleeper?.at ?? time);
			tick();
			sleeper?.wake();
		}

		askedBefore = asked;
		setImmediate(turn);
	};

	/** A new process of ours, with its own connection; the ones before it are dead. */
	function connect() {
		const own = (epoch += 1);
		crashed = false;
		const isDead = (): boolean => crashed || own !== epoch;
		const alive = (): void => {
			asked += 1;
			if (isDead()) throw new Crash('dead');
			tick();
		};

		const client: ClusterClient = {
			server: 'https://simulated:6443',
			context: 'simulated',
			namespace: 'default',
			requestCount: 0,
			async request<T>(request: ApiRequest): Promise<T> {
				await Promise.resolve();
				alive();
				request.signal?.throwIfAborted();
				return respond(request) as T;
			},
			async list<T>(path: string, {query}: ListOptions = {}): Promise<T[]> {
				await Promise.resolve();
				alive();
				if (path === '/api/v1/nodes') return nodes.map(({name}) => ({metadata: {name, labels: {'kubernetes.io/os': 'linux'}}})) as T[];
				if (path.endsWith('/configmaps'))
					return [...configMaps.values()]
						.filter(({metadata}) => JSON.stringify(metadata).includes('"hostport.dev/kind":"run"'))
						.map(each => structuredClone(each)) as T[];
				if (path.includes('/default/pods')) return pods.map(podObject) as T[];
				if (String(query?.['labelSelector'] ?? '').includes('managed-by')) return [...helperPods.values()] as T[];
				if (path.endsWith('/pods')) {
					const wanted = String(query?.['fieldSelector'] ?? '').replace('spec.nodeName=', '');
					return nodes.filter(({name}) => wanted === '' || name === wanted).map(agentObject) as T[];
				}

				return [];
			},
			exec: async () => Promise.reject(new Error('not simulated')),
			close: async () => undefined,
		};

		const access = (on: Simulated): NodeAccess => ({
			way: 'agent',
			node: on.name,
			label: `pod kube-system/cilium-${on.agent.uid}`,
			configurationFolder: {host: '/etc/cni/net.d', seen: '/host/etc/cni/net.d'},
			binaryFolder: {host: '/opt/cni/bin', seen: '/host/opt/cni/bin'},
			hasAgentCommand: true,
			async run(script, {parameters = []}) {
				await Promise.resolve();
				alive();
				return runOn(on, script, parameters);
			},
			async put({name, content}) {
				await Promise.resolve();
				alive();
				act(`put ${name} on ${on.name}`, () => on.files.set(name, new TextDecoder().decode(content)));
			},
			close: async () => undefined,
		});

		const nodeNamed = (name: string): Simulated => {
			const found = nodes.find(each => each.name === name);
			if (found === undefined) throw new Error(`no node ${name}`);
			return found;
		};

		const clock = {
			now: () => time,
			async sleep(milliseconds: number, signal: AbortSignal) {
				signal.throwIfAborted();
				await new Promise<void>((resolve, reject) => {
					// Nobody wakes the dead.
					const sleeper = {at: time + milliseconds, wake: () => (isDead() ? undefined : resolve())};
					if (!isDead()) sleepers.push(sleeper);
					signal.addEventListener(
						'abort',
						() => {
							sleepers.splice(sleepers.indexOf(sleeper), sleepers.includes(sleeper) ? 1 : 0);
							reject(signal.reason as Error);
						},
						{once: true},
					);
					if (!turning) {
						turning = true;
						setImmediate(turn);
					}
				});
			},
		};

		const content = new TextEncoder().encode('good');
		const tools: RepairTools = {
			client,
			clock,
			openAgent: async node => Promise.resolve(access(nodeNamed(node))),
			openWriter: async node => Promise.resolve(access(nodeNamed(node))),
			portmapFor: async architecture =>
				Promise.resolve({content, sha256: 'abc', architecture, version: '1.9.1', isDynamic: false, origin: 'a file'}),
		};

		return {client, clock, tools};
	}

	function look(): Evidence {
		const configMap = configMaps.get('cilium-config');
		const base = cilium(version, {...configMap?.data});
		return evidence({
			collectedAt: new Date(time).toISOString(),
			cilium: {
				...base,
				configMap: base.configMap && {...base.configMap, resourceVersion: configMap?.metadata.resourceVersion ?? ''},
				nodeConfigs: [...nodeConfigs.values()].map(({metadata, spec}) => {
					const {nodeSelector, defaults} = spec as {nodeSelector: {matchLabels: Record<string, string>}; defaults: Record<string, string>};
					return {name: metadata.name, namespace: 'kube-system', matchLabels: nodeSelector.matchLabels, matchExpressions: [], defaults};
				}),
			},
			nodes: nodes.map(({name, files, chained, agent}, index) =>
				nodeEvidence(
					name,
					`10.88.0.${11 + index}`,
					observation({
						configurationFolder: {host: '/etc/cni/net.d', files: [writtenFile(version, chained)]},
						binaryFolder: {
							host: '/opt/cni/bin',
							files: [binary('cilium-cni'), ...(isGood(files.get('portmap')) ? [workingPortmap()] : [])],
						},
						agentStatus: agentStatus(version),
						nat: {
							nft: natTable([
								...portmapHooks,
								...pods
									.filter(pod => pod.node === name && isWired.get(pod.uid) === true)
									.flatMap(pod => portmapRules({sandbox: pod.uid, hostPort: pod.hostPort, target: `${addressOf(pod)}:80`})),
							]),
							legacy: natTable(),
						},
					}),
					{
						agent: {
							pod: `cilium-${agent.uid}`,
							phase: 'Running',
							ready: agent.readyAt <= time,
							startedAt: new Date(agent.createdAt).toISOString(),
							image: `quay.io/cilium/cilium:v${version}`,
							imageID: '',
							trouble: '',
						},
					},
				),
			),
			pods: pods
				.filter(({leavingAt}) => leavingAt === undefined)
				.map(pod =>
					podEvidence(pod.name, pod.node, addressOf(pod), [port(pod.hostPort, 80)], {
						uid: pod.uid,
						owner: 'DaemonSet/web',
						createdAt: new Date(pod.createdAt).toISOString(),
						startedAt: new Date(pod.createdAt).toISOString(),
					}),
				),
		});
	}

	return {
		connect,
		now: () => time,
		violations,
		log,
		nodes,
		configMaps,
		nodeConfigs,
		helperPods,
		rules,
		originalData,
		look,
		restartedAt: () => daemonSet.restartedAt,
		pods: () => pods,
		unwired: () => pods.filter(({uid}) => isWired.get(uid) !== true),
		acts: () => acts,
		/** Kills the process at a moment of the next run; resolves when it is dead. */
		killAt(moment: number): Promise<void> {
			acts = 0;
			crashAt = moment;
			return new Promise(resolve => {
				tellDeath = resolve;
			});
		},
		/** Whether that moment came; from now on nothing is killed. */
		survived(): boolean {
			crashAt = Number.POSITIVE_INFINITY;
			return !crashed;
		},
		/** Lets everything settle. */
		settle() {
			for (let step = 0; step < 100; step += 1) {
				time += 1000;
				tick();
			}
		},
	};
}

export type SimulatedCluster = ReturnType<typeof simulatedCluster>;
