import type {StoredObject} from './object-store.ts';
import {groupVersion, type Resource} from './resources.ts';

type Cell = string | number;
/** A column as kubectl prints it; a wide one with `-o wide` alone. */
type Column = {readonly name: string; readonly isWide?: true; readonly cell: (object: Seen, now: number) => Cell};

/** What the columns read of an object, whatever kind it has. */
type Seen = StoredObject & {
	readonly spec?: {
		readonly nodeName?: string;
		readonly containers?: readonly unknown[];
		readonly replicas?: number;
		readonly type?: string;
		readonly clusterIP?: string;
		readonly ports?: ReadonlyArray<{readonly port: number; readonly protocol?: string}>;
		readonly template?: {readonly spec?: {readonly nodeSelector?: Readonly<Record<string, string>>}};
	};
	readonly status?: Readonly<Record<string, unknown>> & {
		readonly phase?: string;
		readonly podIP?: string;
		readonly conditions?: ReadonlyArray<{readonly type: string; readonly status: string}>;
		readonly containerStatuses?: ReadonlyArray<{
			readonly ready?: boolean;
			readonly restartCount?: number;
			readonly state?: {readonly waiting?: {readonly reason?: string}};
		}>;
		readonly addresses?: ReadonlyArray<{readonly type: string; readonly address: string}>;
		readonly nodeInfo?: Readonly<Record<string, string>>;
	};
	readonly data?: Readonly<Record<string, unknown>>;
	readonly lastTimestamp?: string;
	readonly type?: string;
	readonly reason?: string;
	readonly message?: string;
	readonly involvedObject?: {readonly kind?: string; readonly name?: string};
};

const none = '<none>';
const name: Column = {name: 'Name', cell: ({metadata}) => metadata.name};
const age: Column = {name: 'Age', cell: ({metadata}, now) => ageOf(metadata.creationTimestamp ?? '', now)};
const counted = (title: string, key: string): Column => ({name: title, cell: ({status}) => Number(status?.[key] ?? 0)});
const wide = (title: string, cell: Column['cell']): Column => ({name: title, isWide: true, cell});
const statuses = ({status}: Seen) => status?.containerStatuses ?? [];

/** The columns of the kinds that somebody looks at on the demo, as a real API server has them; others have name and age. */
const columns: Readonly<Record<string, readonly Column[]>> = {
	nodes: [
		name,
		{
			name: 'Status',
			cell: node => (node.status?.conditions?.some(({type, status}) => type === 'Ready' && status === 'True') ? 'Ready' : 'NotReady'),
		},
		{name: 'Roles', cell: () => none},
		age,
		{name: 'Version', cell: ({status}) => status?.nodeInfo?.['kubeletVersion'] ?? ''},
		wide('Internal-IP', ({status}) => status?.addresses?.find(({type}) => type === 'InternalIP')?.address ?? none),
		wide('OS-Image', ({status}) => status?.nodeInfo?.['osImage'] ?? ''),
		wide('Kernel-Version', ({status}) => status?.nodeInfo?.['kernelVersion'] ?? ''),
		wide('Container-Runtime', ({status}) => status?.nodeInfo?.['containerRuntimeVersion'] ?? ''),
	],
	pods: [
		name,
		{name: 'Ready', cell: pod => `${statuses(pod).filter(({ready}) => ready === true).length}/${pod.spec?.containers?.length ?? 0}`},
		{name: 'Status', cell: podStatus},
		{name: 'Restarts', cell: pod => statuses(pod).reduce((sum, {restartCount = 0}) => sum + restartCount, 0)},
		age,
		wide('IP', ({status}) => status?.podIP ?? none),
		wide('Node', ({spec}) => spec?.nodeName || none),
	],
	daemonsets: [
		name,
		counted('Desired', 'desiredNumberScheduled'),
		counted('Current', 'currentNumberScheduled'),
		counted('Ready', 'numberReady'),
		counted('Up-to-date', 'updatedNumberScheduled'),
		counted('Available', 'numberAvailable'),
		{name: 'Node Selector', cell: ({spec}) => pairs(spec?.template?.spec?.nodeSelector)},
		age,
	],
	deployments: [
		name,
		{name: 'Ready', cell: ({spec, status}) => `${Number(status?.['readyReplicas'] ?? 0)}/${spec?.replicas ?? 1}`},
		counted('Up-to-date', 'updatedReplicas'),
		counted('Available', 'availableReplicas'),
		age,
	],
	configmaps: [name, {name: 'Data', cell: ({data}) => Object.keys(data ?? {}).length}, age],
	namespaces: [name, {name: 'Status', cell: ({status}) => status?.phase ?? 'Active'}, age],
	services: [
		name,
		{name: 'Type', cell: ({spec}) => spec?.type ?? 'ClusterIP'},
		{name: 'Cluster-IP', cell: ({spec}) => spec?.clusterIP ?? none},
		{name: 'External-IP', cell: () => none},
		{name: 'Port(s)', cell: ({spec}) => spec?.ports?.map(({port, protocol = 'TCP'}) => `${port}/${protocol}`).join(',') || none},
		age,
	],
	events: [
		{name: 'Last Seen', cell: ({lastTimestamp = ''}, now) => ageOf(lastTimestamp, now)},
		{name: 'Type', cell: ({type = ''}) => type},
		{name: 'Reason', cell: ({reason = ''}) => reason},
		{name: 'Object', cell: ({involvedObject: about}) => `${(about?.kind ?? '').toLowerCase()}/${about?.name ?? ''}`},
		{name: 'Message', cell: ({message = ''}) => message},
	],
};

/** Whether a client asks for tables, as `kubectl get` does to print them. */
export const wantsTable = (accept: string): boolean => /;as=Table;v=v1;g=meta\.k8s\.io/u.test(accept);

/** Objects as the table that kubectl prints; `metadata` is that of the list. */
export function tableOf(
	objects: readonly StoredObject[],
	{plural, kind, group, version}: Resource,
	metadata: object,
	now = Date.now(),
): object {
	const shown = columns[plural] ?? [name, age];
	return {
		kind: 'Table',
		apiVersion: 'meta.k8s.io/v1',
		metadata,
		columnDefinitions: shown.map(({name: title, isWide}) => ({
			name: title,
			type: 'string',
			format: title === 'Name' ? 'name' : '',
			description: `${title} of the ${kind} (${groupVersion(group, version)})`,
			priority: isWide === true ? 1 : 0,
		})),
		rows: objects.map(object => ({
			cells: shown.map(({cell}) => cell(object as Seen, now)),
			object: {kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata},
		})),
	};
}

function podStatus(pod: Seen): string {
	if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating';
	return statuses(pod).find(({state}) => state?.waiting?.reason !== undefined)?.state?.waiting?.reason ?? pod.status?.phase ?? 'Unknown';
}

const pairs = (labels: Readonly<Record<string, string>> = {}): string =>
	Object.entries(labels)
		.map(([key, value]) => `${key}=${value}`)
		.join(',') || none;

/** `45s`, `12m`, `3h`, `5d`: the largest unit alone. */
function ageOf(time: string, now: number): string {
	const seconds = Math.max(0, Math.floor((now - Date.parse(time)) / 1000));
	if (Number.isNaN(seconds)) return '<unknown>';
	if (seconds < 120) return `${seconds}s`;
	if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
	return seconds < 172_800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
