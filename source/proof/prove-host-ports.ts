import type {HelperPodChoices} from '../access/helper-pod-image.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import type {ConnectFromHere} from '../connect/connect-from-here.ts';
import {isDemo} from '../connect/connection.ts';
import type {Diagnosis} from '../diagnosis/diagnosis.ts';
import {ActionableError, messageOf} from '../errors.ts';
import type {Evidence, NodeEvidence} from '../evidence/evidence.ts';
import {withoutGonePods} from './gone-pods.ts';
import {places as placesIn, type Places, type PlacesOptions} from './places.ts';
import {isAskable, planProof, type Known, type Question} from './probes.ts';
import type {PodResult, Proof, ProofResult} from './proof.ts';
import {otherAccess, prove} from './prove.ts';
import {unsettledNodes} from './settle.ts';
import {openTestPod, type TestPod} from './test-pod.ts';

/** What a proof of hostPorts needs. */
export type ProveHostPortsOptions = {
	readonly evidence: Evidence;
	readonly diagnosis: Diagnosis;
	readonly signal: AbortSignal;
	/** RFC 3339, for the result. */
	readonly generatedAt: string;
	/**
	 * Connections from ordinary pods too, for which small pods are made and removed, and from the hostPorts' own pods, in which a
	 * command is run: only where the person agreed.
	 */
	readonly withPods?: boolean;
	/** Where no pod has a hostPort, one is made and removed: on the nodes named here. */
	readonly testPodOn?: readonly string[];
	/** Connections from this machine too; true unless told. */
	readonly fromClient?: boolean;
	/** Connects to the demo's made up addresses; nothing else may. */
	readonly demoNetwork?: ConnectFromHere | undefined;
	/** The most nodes asked at the same time; unless told as many as turns out well. */
	readonly concurrency?: number;
	/** Limit of one connection; 3 unless told. */
	readonly connectSeconds?: number;
	/** What the person chose for pods that are made. */
	readonly pods?: HelperPodChoices;
	/** Another way onto a node than its agent; then nodes can be asked whose agent does not run. */
	readonly openNode?: PlacesOptions['openNode'];
	/** What fails on a node whose agent has just started is asked again, for that is no verdict; false unless told. */
	readonly settle?: boolean;
	/** Until when it is, in milliseconds of this machine's clock; as long as the agents need unless told. */
	readonly settlesUntil?: number | undefined;
	/** Told before it is asked again: how many connections. */
	readonly onSettle?: (connections: number) => void;
	readonly onQuestions?: (questions: readonly Question[]) => void;
	/** Called as answers come; the verdict may still change when the others are known. */
	readonly onResult?: (result: ProofResult) => void;
	/** Called with what pods answer at their own addresses. */
	readonly onPod?: (pod: PodResult) => void;
};

/** More helper pods than this are not made at once: who wants them names the nodes. */
const mostPods = 64;

/**
 * Connects to every hostPort of the evidence from every place there is. Whatever was made on the cluster is removed, also
 * after an interruption.
 * @throws ActionableError where a test pod does not run; UsageError for too many pods; the signal's reason
 */
export async function proveHostPorts(client: ClusterClient, options: ProveHostPortsOptions): Promise<Proof> {
	const {evidence, signal} = options;
	const places = placesIn(client, evidence, options);
	const testPods: TestPod[] = [];
	const unasked: string[] = [];
	try {
		for (const node of nodesToTest(options)) {
			try {
				testPods.push(await openTestPod(places, evidence, node, signal));
			} catch (error) {
				signal.throwIfAborted();
				unasked.push(`test pod on ${node.name}: ${messageOf(error)}${otherAccess(error)}`);
			}
		}

		const pods = [...evidence.pods, ...testPods.map(({pod}) => pod)];
		const proof = await connect(client, {...options, evidence: {...evidence, pods}}, places, unasked);
		return await withoutGonePods(proof, pods, {client, signal});
	} finally {
		await Promise.all(testPods.map(async pod => pod.close()));
		await places.finish();
	}
}

async function connect(client: ClusterClient, options: ProveHostPortsOptions, places: Places, unmade: readonly string[]): Promise<Proof> {
	const {evidence, diagnosis, signal, withPods = false, fromClient = true} = options;
	const isReachable = options.demoNetwork !== undefined || !isDemo(evidence.nodes);
	const plan = planProof(evidence, {
		podNodes: withPods ? podNodes(evidence) : [],
		fromClient: fromClient && isReachable,
		needsAgent: options.openNode === undefined,
		inPods: withPods ? 'all' : 'ours',
		known: knownOf(evidence, diagnosis),
		bySession: options.openNode !== undefined && diagnosis.cluster.cilium.path === 'native',
	});
	options.onQuestions?.(plan.questions);
	const proof = await prove(plan.questions, {
		signal,
		generatedAt: options.generatedAt,
		connectSeconds: options.connectSeconds ?? 3,
		concurrency: options.concurrency,
		pressure: client.pressure,
		demoNetwork: options.demoNetwork,
		open: async question => places.open(question, signal),
		said: {
			findings: diagnosis.findings,
			mapped: new Set(diagnosis.hostPorts.filter(({state}) => state === 'wired').map(nameOf)),
			path: diagnosis.cluster.cilium.path,
		},
		...(options.settle === true && {unsettled: unsettledNodes(evidence, Date.now(), options.settlesUntil)}),
		...(options.onSettle !== undefined && {onSettle: options.onSettle}),
		...(options.onResult !== undefined && {onResult: options.onResult}),
		...(options.onPod !== undefined && {onPod: options.onPod}),
	});
	return {
		...proof,
		unasked: [...unmade, ...plan.unasked, ...proof.unasked],
		skipped: [
			...(withPods || plan.questions.length === 0 ? [] : [podsNotAsked]),
			...(fromClient && !isReachable ? [demoNotAsked] : []),
			...plan.skipped,
			...proof.skipped,
		],
	};
}

const demoNotAsked = "this machine: the demo cluster's addresses are not real; only commands of `kubectl hostport demo` reach them";

const podsNotAsked =
	'pods: no connection was made from a pod; kubectl hostport verify --with-pods creates small pods for it and also connects from each hostPort’s own pod';

const nameOf = ({namespace, pod, hostPort, protocol}: Diagnosis['hostPorts'][number]): string =>
	`${namespace}/${pod}:${hostPort}/${protocol.toUpperCase()}`;

/** What the diagnosis says of each hostPort; of a test pod, which came later, what it says of the node. */
function knownOf({pods}: Evidence, diagnosis: Diagnosis): ReadonlyMap<string, Known> {
	const nodes = new Map(diagnosis.nodes.map(({name, reach}) => [name, reach]));
	const ofNodes = pods.flatMap(({namespace, name: pod, node, ports}) => {
		const reach = nodes.get(node);
		return reach === undefined
			? []
			: ports.map(({hostPort, protocol}) => [`${namespace}/${pod}:${hostPort}/${protocol.toUpperCase()}`, {by: '', reach}] as const);
	});
	return new Map<string, Known>([
		...ofNodes,
		// Where the node was not looked at, nothing is known of what carries the port.
		...diagnosis.hostPorts.map(each => [nameOf(each), {by: each.state === 'unknown' ? '' : each.by, reach: each.reach}] as const),
	]);
}

function nodesToTest({evidence, testPodOn = []}: ProveHostPortsOptions): readonly NodeEvidence[] {
	return evidence.nodes.filter(({name}) => testPodOn.includes(name));
}

/** A node on which a test pod can be asked from the node itself: the first that is ready; undefined where there is none. */
export function nodeForTestPod({nodes}: Pick<Evidence, 'nodes'>): NodeEvidence | undefined {
	return nodes.find(node => isAskable(node) && node.ready !== false);
}

/** Nodes with hostPorts and, so that each has another, the one after the last. */
function podNodes(evidence: Evidence): readonly string[] {
	const serving = new Set(evidence.pods.filter(({hostNetwork}) => !hostNetwork).map(({node}) => node));
	const askable = evidence.nodes.filter(isAskable).map(({name}) => name);
	const wanted = askable.filter(name => serving.has(name));
	const other = wanted.length === 1 ? askable.find(name => !serving.has(name)) : undefined;
	const names = other === undefined ? wanted : [...wanted, other];
	if (names.length <= mostPods) return names;
	throw new ActionableError(
		`--with-pods would create ${names.length} pods; the limit is ${mostPods}`,
		'Name some nodes: kubectl hostport verify NODE… --with-pods',
	);
}
