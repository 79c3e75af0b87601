import {agentState} from '../node/agent-state.ts';
import {chainsPortmap, cniFile} from '../node/cni-file.ts';
import {ciliumWorkload} from './cilium-workload.ts';
import {minutesBefore, nextPodAddress, type DemoNode} from '../node/demo-node.ts';
import type {Pod, Workload} from './kubernetes-types.ts';
import {nodeObject, stableUid} from './node-objects.ts';
import {timestamp, type ObjectStore, type StoredObject} from '../api/object-store.ts';
import {podEvent, sandboxTrouble} from './pod-events.ts';
import {creatingStatus, podFromTemplate, runningStatus} from './pod-objects.ts';
import {replicaSet} from './replica-set.ts';
import {mappedPorts, sandboxId} from '../node/port-mappings.ts';
import type {Resource} from '../api/resources.ts';
import type {Scene, ScenePod, SceneWorkload} from '../scene.ts';
import {ciliumConfig, kubeProxyConfig, namespaceObject, serviceObjects, systemWorkloads} from './system-objects.ts';
import {markedForDeletion} from '../api/write-objects.ts';

type Stage = {
	readonly store: ObjectStore;
	readonly resources: readonly Resource[];
	readonly scene: Scene;
	readonly nodes: readonly DemoNode[];
	readonly now: Date;
};

/** Fills an empty store with the scene's objects, and the nodes with their agents and what portmap wired on them. */
export function populate(stage: Stage): void {
	const {scene, nodes, now} = stage;
	for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system', 'observability'])
		add(stage, 'namespaces', namespaceObject(name, scene, now));
	add(stage, 'configmaps', ciliumConfig(scene, now));
	add(stage, 'configmaps', kubeProxyConfig(scene, now));
	for (const service of serviceObjects(scene, now)) add(stage, 'services', service);
	for (const node of nodes) {
		add(stage, 'nodes', nodeObject(node, scene, now));
		if (node.shape.os === 'linux') node.agent = agentState(scene.cilium, scene.configuration, minutesBefore(now, agentAge(scene, node)));
	}
	for (const workload of [ciliumWorkload(scene.cilium, scene.clusterAge, scene.agentAge), ...systemWorkloads(scene), ...scene.workloads])
		addWorkload(stage, workload);
	stage.store.seal();
}

const agentAge = (scene: Scene, {shape}: DemoNode): number => Math.min(scene.agentAge, (shape.age ?? Infinity) - 2);

function add({store, resources}: Stage, plural: string, object: StoredObject): StoredObject {
	const resource = resources.find(one => one.plural === plural && !one.custom);
	if (!resource) throw new Error(`the demo serves no ${plural}`);
	return store.add(resource, object);
}

function addWorkload(stage: Stage, plan: SceneWorkload): void {
	const {nodes, now} = stage;
	const linux = nodes.filter(node => node.shape.os === 'linux');
	// Two pods with the same hostPort have no room on one node.
	const placed = new Set((plan.placement ?? []).map(index => linux[index % linux.length]).filter(node => node !== undefined));
	const places = plan.kind === 'DaemonSet' ? linux : [...placed];
	const count = places.filter(node => plan.pod?.(node.index).state !== 'terminating').length;
	const top = add(stage, plan.kind === 'DaemonSet' ? 'daemonsets' : 'deployments', workloadObject(plan, count, now)) as Workload;
	const owner = plan.kind === 'DaemonSet' ? top : (add(stage, 'replicasets', replicaSet(top, minutesBefore(now, plan.age))) as Workload);
	for (const [number, node] of places.entries())
		addPod(stage, owner, node, number, plan.pod?.(node.index) ?? {state: 'running', age: plan.age});
}

/** Status counts are those of a workload at rest; the controllers keep them once something happens. */
function workloadObject({kind, namespace, name, age, template}: SceneWorkload, count: number, now: Date): StoredObject {
	const daemonSet = kind === 'DaemonSet';
	return {
		apiVersion: 'apps/v1',
		kind,
		metadata: {
			name,
			namespace,
			uid: stableUid(`${kind} ${namespace}/${name}`),
			generation: 1,
			creationTimestamp: timestamp(minutesBefore(now, age)),
			labels: template.metadata.labels,
		},
		spec: {
			selector: {matchLabels: template.metadata.labels},
			template,
			...(daemonSet
				? {
						updateStrategy: {type: 'RollingUpdate', rollingUpdate: {maxUnavailable: name === 'cilium' ? 2 : 1, maxSurge: 0}},
						revisionHistoryLimit: 10,
					}
				: {replicas: count, strategy: {type: 'RollingUpdate', rollingUpdate: {maxUnavailable: '25%', maxSurge: '25%'}}}),
		},
		status: daemonSet
			? {
					observedGeneration: 1,
					desiredNumberScheduled: count,
					currentNumberScheduled: count,
					updatedNumberScheduled: count,
					numberAvailable: count,
					numberReady: count,
					numberMisscheduled: 0,
				}
			: {observedGeneration: 1, replicas: count, updatedReplicas: count, readyReplicas: count, availableReplicas: count},
	};
}

function addPod(stage: Stage, owner: Workload, node: DemoNode, number: number, plan: ScenePod): void {
	const {now, scene} = stage;
	const agent = owner.metadata.name === 'cilium';
	const age = Math.min(agent ? agentAge(scene, node) : plan.age, (node.shape.age ?? Infinity) - 1);
	const createdAt = minutesBefore(now, age);
	const uid = stableUid(`pod ${owner.metadata.uid} ${number}`);
	const name = freeName(stage, owner, uid);
	const pod = podFromTemplate({owner, name, uid, node: node.name, createdAt});
	if (plan.state === 'creating') {
		const stuck = add(stage, 'pods', {...pod, status: creatingStatus(pod.spec, node.address, createdAt)}) as Pod;
		add(
			stage,
			'events',
			podEvent(stuck, sandboxTrouble('FailedCreatePodSandBox', stuck), {first: createdAt, last: now, count: Math.ceil(age * 4)}),
		);
		return;
	}
	const podIP = pod.spec.hostNetwork === true ? node.address : nextPodAddress(node);
	const startedAt = new Date(createdAt.getTime() + 3_000);
	const running = {...pod, status: runningStatus(pod.spec, {hostIP: node.address, podIP, startedAt, uid, ready: node.shape.ready})};
	const ports = mappedPorts(pod);
	const mapping = {sandbox: sandboxId(uid), podIP, ports};
	if (ports.length > 0) node.hostPorts.set(uid, mapping);
	if (ports.length > 0 && plan.state === 'running' && canWire(node)) node.wired.set(uid, mapping);
	const stored = add(stage, 'pods', plan.state === 'terminating' ? markedForDeletion(running, 30, minutesBefore(now, 20)) : running) as Pod;
	if (plan.state === 'terminating')
		add(stage, 'events', podEvent(stored, sandboxTrouble('FailedKillPod', stored), {first: minutesBefore(now, 19), last: now, count: 76}));
}

function canWire(node: DemoNode): boolean {
	const file = node.agent && cniFile(node.agent);
	return node.shape.portmap && file !== undefined && chainsPortmap(file.content);
}

/** As with Kubernetes' own generated names, one in many thousands is taken. */
function freeName({store, resources}: Stage, {metadata: {namespace, name}}: Workload, seed: string): string {
	const pods = resources.find(({plural}) => plural === 'pods') as Resource;
	for (let uid = seed; ; uid = stableUid(uid)) {
		const free = `${name}-${letters(uid)}`;
		if (!store.get(pods, `${namespace}/${free}`)) return free;
	}
}

/** Five letters of Kubernetes' own alphabet out of a uid, so that names are the same at every start. */
function letters(uid: string): string {
	const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
	return Array.from(
		{length: 5},
		(_, index) => alphabet[Number.parseInt(uid.slice(index * 4, index * 4 + 4).replaceAll('-', '0'), 16) % alphabet.length],
	).join('');
}
