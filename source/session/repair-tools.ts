import type {HelperPodChoices} from '../access/helper-pod-image.ts';
import type {AnnouncePod} from '../access/host-pod.ts';
import type {SshSession} from '../access/ssh/ssh-session.ts';
import type {Clock} from '../clock.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {diagnose} from '../diagnosis/diagnose.ts';
import {UsageError} from '../errors.ts';
import type {Evidence} from '../evidence/evidence.ts';
import {download} from '../repair/sources/download.ts';
import {portmapFrom} from '../repair/sources/index.ts';
import type {Portmap} from '../repair/sources/portmap.ts';
import type {RepairTools} from '../repair/step-work.ts';
import {silentBefore} from '../repair/run/judge-proof.ts';
import {guardServices, type ServiceGuard} from '../proof/guard-services.ts';
import type {ProveHostPortsOptions} from '../proof/prove-host-ports.ts';
import {proveRepair} from './prove-repair.ts';
import {keeperImage, repairPodImage} from './pod-images.ts';
import {repairAccess, type RepairAccess} from './repair-access.ts';
import {openNodeBySsh} from './node-accesses.ts';

/** What the tools of a repair are made of. */
export type ToolsSetting = {
	readonly client: ClusterClient;
	readonly evidence: Evidence;
	/** Id of the run, for the labels of the pods that are made. */
	readonly run: string;
	/** `--portmap`, in order. */
	readonly sources: readonly string[];
	readonly expectedSum?: string | undefined;
	readonly environment: NodeJS.ProcessEnv;
	readonly clock: Clock;
	readonly signal: AbortSignal;
	/** What the person chose for pods that are made. */
	readonly pods?: HelperPodChoices;
	/** Is shown each pod before it is made. */
	readonly announce?: AnnouncePod | undefined;
	/** With `--via ssh`: nodes are written to by SSH, and no pod is made. */
	readonly ssh?: SshSession | undefined;
	/** Told of the connections of the proof as they are tried and answered, each round anew. */
	readonly onQuestions?: ProveHostPortsOptions['onQuestions'];
	readonly onResult?: ProveHostPortsOptions['onResult'];
};

/** What a repair acts with on a real cluster: nodes by their agents and helper pods, portmap from its sources, proof by connecting. */
export function repairTools(setting: ToolsSetting): RepairTools & Pick<RepairAccess, 'hasShell'> {
	const {client, evidence, run, clock, pods = {}, announce, ssh, onQuestions, onResult} = setting;
	const accesses = repairAccess({client, evidence, run, pods, announce, ssh});
	/** Connections leave from agents; by SSH where those have no shell and it is the way that was chosen. */
	const nodesBySsh = async (signal: AbortSignal): Promise<Pick<ProveHostPortsOptions, 'openNode'>> => {
		const [first] = evidence.nodes.filter(({agent}) => agent !== null);
		if (ssh === undefined || first === undefined || (await accesses.hasShell(first.name, signal))) return {};
		return {openNode: async (node, own) => openNodeBySsh(ssh, node, own)};
	};

	let guard: ServiceGuard | undefined;
	return {
		client,
		clock,
		...accesses,
		...(pods.namespace !== undefined && {helperNamespace: pods.namespace}),
		keeperImage: keeperImage(evidence, pods),
		testPodOn: node => ({
			...repairPodImage(evidence, node, pods),
			address: evidence.nodes.find(({name}) => name === node)?.addresses.find(({type}) => type === 'InternalIP')?.address ?? '',
		}),
		portmapFor: portmaps(setting, accesses),
		async watchServices(signal) {
			guard ??= await guardServices(evidence, {nodes: sharingNodes(evidence), open: accesses.openAgent, signal});
		},
		lostServices: async signal => (await guard?.lost(signal)) ?? [],
		prove: async within =>
			proveRepair(client, within, silentBefore(evidence, diagnose(evidence)), {
				pods,
				...(onQuestions !== undefined && {onQuestions}),
				...(onResult !== undefined && {onResult}),
				...(await nodesBySsh(within.signal)),
			}),
	};
}

/** Loads the binary of an architecture once; one that could not be loaded is tried again when it is asked for again. */
function portmaps(
	{client, clock, run, sources, evidence, expectedSum, environment, pods = {}}: ToolsSetting,
	{openReader}: Pick<RepairAccess, 'openReader'>,
): RepairTools['portmapFor'] {
	const loaded = new Map<string, Promise<Portmap>>();
	const load = async (architecture: string, signal: AbortSignal): Promise<Portmap> =>
		portmapFrom(sources, architecture, {
			client,
			clock,
			signal,
			run,
			namespace: pods.namespace ?? evidence.cilium?.namespace ?? '',
			podImageFor: (image, node) => repairPodImage(evidence, node, {...pods, image}),
			nodeOf: wanted => evidence.nodes.find(node => node.architecture === wanted && node.ready === true)?.name,
			async openReader(node, own) {
				// A pod for a node that is not there would wait without end.
				if (!evidence.nodes.some(({name}) => name === node))
					throw new UsageError(`--portmap node:${node}: the cluster has no node ${node}`, 'See: kubectl get nodes');
				return openReader(node, folderOf(evidence, node), own);
			},
			fetch: async (url, own) => download(url, environment, own),
			...(expectedSum !== undefined && {expectedSum}),
		});
	return async (architecture, signal) => {
		const known = loaded.get(architecture);
		if (known !== undefined) return known;
		const loading = load(architecture, signal);
		loaded.set(architecture, loading);
		try {
			return await loading;
		} catch (error) {
			loaded.delete(architecture);
			throw error;
		}
	};
}

/** Nodes whose pods have a hostPort with a Service's number: there a Service can lose its traffic. A few tell enough. */
function sharingNodes({services, pods}: Evidence): string[] {
	const numbers = new Set(services.flatMap(({ports}) => ports.map(({port}) => port)));
	const sharing = pods.filter(
		({hostNetwork, node, ports}) => !hostNetwork && node !== '' && ports.some(({hostPort}) => numbers.has(hostPort)),
	);
	return [...new Set(sharing.map(({node}) => node))].slice(0, 8);
}

function folderOf(evidence: Evidence, node: string): string {
	return evidence.nodes.find(({name}) => name === node)?.observation?.binaryFolder?.host ?? '/opt/cni/bin';
}
