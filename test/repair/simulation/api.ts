import type {ApiRequest, ListOptions} from '../../../source/cluster/cluster-client.ts';
import {ClusterError} from '../../../source/cluster/cluster-error.ts';
import type {SimulatedNode, SimulatedPod, Stored, World} from './world.ts';

type Body = Partial<Stored> & {
	readonly spec?: {
		readonly nodeName?: string;
		readonly template?: {readonly metadata: {readonly annotations: Record<string, string | null>}};
	};
	readonly preconditions?: {readonly resourceVersion?: string; readonly uid?: string};
	readonly deleteOptions?: {readonly preconditions: {readonly uid: string}};
};

const restartedAt = 'kubectl.kubernetes.io/restartedAt';

/** What the API server of a simulated cluster answers; only the requests that a repair makes. */
export function respond(world: World, request: ApiRequest): unknown {
	const {method = 'GET', path} = request;
	if (path.endsWith('/daemonsets/cilium')) return daemonSet(world, request);
	if (path.endsWith('/daemonsets/web')) return {spec: {updateStrategy: {rollingUpdate: {maxUnavailable: 1}}}};
	if (path.includes('/daemonsets')) return otherDaemonSet(world, request);
	if (path.includes('/configmaps')) return configMap(world, request);
	if (path.includes('/secrets')) return secret(world, request);
	if (path.includes('/ciliumnodeconfigs')) return nodeConfig(world, request);
	if (path.endsWith('/eviction')) return eviction(world, request);
	if (path.includes('/pods')) return pod(world, request);
	throw failure(404, `nothing at ${method} ${path}`);
}

export function listed(world: World, path: string, {query}: ListOptions): unknown[] {
	if (path === '/api/v1/nodes') return world.nodes.map(({name}) => ({metadata: {name, labels: {'kubernetes.io/os': 'linux'}}}));
	if (path.endsWith('/configmaps')) {
		const [label = '', value = ''] = String(query?.['labelSelector'] ?? '')
			.split(',')
			.at(-1)!
			.split('=');
		return [...world.configMaps.values()]
			.filter(({metadata}) => JSON.stringify(metadata).includes(`"${label}":"${value}"`))
			.map(each => structuredClone(each));
	}

	const wanted = String(query?.['fieldSelector'] ?? '').replace('spec.nodeName=', '');
	if (path.includes('/default/pods'))
		return world.pods.filter(({node}) => wanted === '' || node === wanted).map(each => podObject(world, each));
	if (!path.endsWith('/pods')) return [];
	if (String(query?.['labelSelector'] ?? '').includes('managed-by')) return [...world.helperPods.values()];
	if (path === '/api/v1/pods') {
		return [
			...world.pods.filter(({node}) => node === wanted).map(each => podObject(world, each)),
			...[...world.helperPods.values()].map(helperObject),
		];
	}

	return world.nodes.filter(({name}) => wanted === '' || name === wanted).map(each => agentObject(world, each));
}

function daemonSet(world: World, {method, body}: ApiRequest): unknown {
	const own = world.daemonSet;
	if (method === 'PATCH') {
		world.act('restart the agents', () => {
			const value = (body as Body).spec?.template?.metadata.annotations[restartedAt] ?? undefined;
			if (value !== own.restartedAt) own.generation += 1;
			own.restartedAt = value;
		});
	}

	return {
		metadata: {generation: own.generation},
		spec: {
			selector: {matchLabels: {'k8s-app': 'cilium'}},
			updateStrategy: {type: world.updateStrategy},
			template: {metadata: {annotations: own.restartedAt === undefined ? {} : {[restartedAt]: own.restartedAt}}},
		},
		status: {
			observedGeneration: own.generation,
			desiredNumberScheduled: world.nodes.length,
			updatedNumberScheduled: world.nodes.filter(({agent}) => agent.revision === world.revisionNow()).length,
			numberAvailable: world.nodes.filter(({agent}) => agent.readyAt <= world.time).length,
		},
	};
}

/** Its pods are ready a moment after it was made. */
function otherDaemonSet(world: World, request: ApiRequest): unknown {
	const {method = 'GET', path, body} = request;
	const name = method === 'POST' ? ((body as Body).metadata?.name ?? '') : lastOf(path);
	const count = world.nodes.length;
	const status = {observedGeneration: 1, desiredNumberScheduled: count, updatedNumberScheduled: count, numberAvailable: count};
	if (method === 'GET') return {...structuredClone(world.daemonSets.get(name) ?? missing()), status};
	if (method === 'DELETE') return world.act(`delete ${name}`, () => world.daemonSets.delete(name) || missing());
	return world.act(`${method} ${name}`, () => structuredClone(writeObject(world, world.daemonSets, name, request)));
}

function configMap(world: World, request: ApiRequest): unknown {
	const {method = 'GET', path, query, body} = request;
	const name = method === 'POST' ? ((body as Body).metadata?.name ?? '') : lastOf(path);
	if (method === 'GET') return structuredClone(world.configMaps.get(name) ?? missing());
	if (method === 'DELETE') {
		const found = world.configMaps.get(name) ?? missing();
		const {resourceVersion, uid} = (body as Body | undefined)?.preconditions ?? {};
		if (resourceVersion !== undefined && resourceVersion !== found.metadata['resourceVersion']) throw failure(409, `${name} has changed`);
		if (uid !== undefined && uid !== found.metadata['uid']) throw failure(409, `${name} is another`);
		return world.act(`delete ${name}`, () => world.configMaps.delete(name));
	}

	const write = (): unknown => structuredClone(writeObject(world, world.configMaps, name, request));
	// As the API server does (ValidateConfigMap).
	if (JSON.stringify((body as Body).data ?? {}).length > 1024 * 1024) throw failure(422, `${name}: must have at most 1048576 bytes`);
	// A renewal of the lock changes nothing that matters, and there are many.
	const isRenewal = method === 'PATCH' && name === 'hostport-lock';
	return query?.['dryRun'] === 'All' || isRenewal ? write() : world.act(`${method} ${name}`, write);
}

function secret(world: World, request: ApiRequest): unknown {
	const {method = 'GET', path, body} = request;
	const name = method === 'POST' ? ((body as Body).metadata?.name ?? '') : lastOf(path);
	if (method === 'GET') return structuredClone(world.secrets.get(name) ?? missing());
	if (method === 'DELETE') {
		if (!world.secrets.has(name)) throw missing();
		return world.act('delete the secret', () => world.secrets.delete(name));
	}

	return world.act('create the secret', () => writeObject(world, world.secrets, name, request));
}

function nodeConfig(world: World, request: ApiRequest): unknown {
	if (!world.hasNodeConfigs) throw missing();
	const name = (request.body as Body | undefined)?.metadata?.name ?? '';
	if (request.method === 'POST') return world.act('create the node config', () => writeObject(world, world.nodeConfigs, name, request));
	return world.act('delete the node config', () => {
		if (!world.nodeConfigs.delete(lastOf(request.path))) throw missing();
	});
}

function eviction(world: World, {path, body}: ApiRequest): unknown {
	const evicted = world.pods.find(each => each.name === path.split('/').at(-2));
	if (evicted === undefined) throw missing();
	if (evicted.uid !== (body as Body).deleteOptions?.preconditions.uid) throw failure(409, 'another uid');
	return world.act(`evict ${evicted.name}`, () => {
		evicted.leavingAt ??= world.time + 1000;
	});
}

function pod(world: World, request: ApiRequest): unknown {
	const {method = 'GET', path} = request;
	const name = lastOf(path);
	if (method === 'POST') {
		const {metadata, spec} = request.body as Body;
		if (metadata?.name === 'bare') {
			if (world.pods.some(({isBare}) => isBare)) throw failure(409, 'it exists already');
			return world.act('create pod bare', () => world.startBarePod(world.nodeNamed(spec?.nodeName ?? '')));
		}

		return world.act(`create pod ${metadata?.name ?? ''}`, () => {
			const on = world.nodeNamed(spec?.nodeName ?? '');
			if (on.chained && !world.canCall(on)) world.violations.push(`the test pod cannot start on ${on.name}`);
			const made = writeObject(world, world.helperPods, metadata?.name ?? '', request);
			const other = world.sharedAddresses > 0 ? world.pods.find(({node}) => node === on.name) : undefined;
			world.sharedAddresses -= 1;
			made.metadata['address'] = other?.address ?? '10.0.9.9';
			return made;
		});
	}

	const helper = world.helperPods.get(name);
	if (method === 'DELETE') {
		const agent = world.nodes.find(each => name === `cilium-${each.agent.uid}`);
		const uid = (request.body as Body | undefined)?.preconditions?.uid;
		if (agent !== undefined) {
			if (uid === undefined) world.violations.push(`the agent of ${agent.name} is deleted by its name alone`);
			else if (uid !== agent.agent.uid) throw failure(409, 'another uid');
			return world.act(`delete the agent of ${agent.name}`, () => world.startAgent(agent));
		}

		const bare = world.pods.find(each => each.isBare && each.name === name);
		if (bare !== undefined) {
			if (uid !== bare.uid) throw failure(409, 'another uid');
			return world.act('delete pod bare', () => void (bare.leavingAt ??= world.time + 1000));
		}

		return world.act(`delete pod ${name}`, () => {
			if (helper === undefined) throw missing();
			helper.metadata['deletionTimestamp'] = 'now';
		});
	}

	if (helper !== undefined) return helperObject(helper);
	return podObject(world, world.pods.find(each => each.name === name) ?? missing());
}

/** The server's own care: names, versions as guards, dry runs, and that null removes a key. */
function writeObject(world: World, store: Map<string, Stored>, name: string, {method, query, body}: ApiRequest): Stored {
	const {metadata, data, ...rest} = body as Body;
	const old = store.get(name);
	if (method === 'POST' && old !== undefined) throw failure(409, 'it exists already');
	if (method !== 'POST' && old === undefined) throw missing();
	if (old !== undefined && metadata?.resourceVersion !== undefined && metadata.resourceVersion !== old.metadata.resourceVersion)
		throw failure(409, 'the object has been modified');
	if (old !== undefined && query?.['dryRun'] === 'All') return old;
	const merged: Record<string, unknown> = method === 'PATCH' ? {...old?.data, ...data} : {...data};
	const written: Stored = {
		...old,
		...(rest as Partial<Stored>),
		metadata: {uid: `uid-${world.next()}`, ...old?.metadata, ...metadata, name, resourceVersion: world.next()},
		data: Object.fromEntries(Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== null)),
	};
	store.set(name, written);
	return written;
}

// Creation times are whole seconds.
const wholeSeconds = (time: number): string => new Date(Math.floor(time / 1000) * 1000).toISOString();

function agentObject(world: World, {name, agent}: SimulatedNode): unknown {
	return {
		metadata: {name: `cilium-${agent.uid}`, uid: agent.uid, creationTimestamp: wholeSeconds(agent.createdAt)},
		spec: {nodeName: name},
		status: {conditions: [{type: 'Ready', status: agent.readyAt <= world.time ? 'True' : 'False'}]},
	};
}

function podObject(world: World, seen: SimulatedPod): unknown {
	return {
		metadata: {
			name: seen.name,
			namespace: 'default',
			uid: seen.uid,
			creationTimestamp: wholeSeconds(seen.createdAt),
			...(seen.leavingAt !== undefined && {deletionTimestamp: wholeSeconds(seen.leavingAt)}),
			labels: {'controller-revision-hash': 'abc'},
			...(!seen.isBare && {ownerReferences: [{uid: 'owner', controller: true, kind: 'DaemonSet', name: 'web'}]}),
		},
		spec: {nodeName: seen.node, containers: world.hasHostPorts ? [{ports: [{hostPort: 4318}]}] : []},
		status: {phase: 'Running', podIP: seen.address, conditions: [{type: 'Ready', status: seen.readyAt <= world.time ? 'True' : 'False'}]},
	};
}

function helperObject(helper: Stored): unknown {
	const podIP = helper.metadata['address'];
	return {
		...helper,
		metadata: {...helper.metadata, namespace: 'kube-system'},
		status: {phase: 'Running', podIP, containerStatuses: [{state: {running: {}}}]},
	};
}

const lastOf = (path: string): string => path.split('/').at(-1) ?? '';

const failure = (status: number, message: string): ClusterError =>
	new ClusterError(message, 'a hint', {verb: 'get', resource: 'objects'}, {status, reason: 'Refused'});

function missing(): never {
	throw failure(404, 'not found');
}
