import type {ObjectMetadata, StoredObject} from '../api/object-store.ts';

/** The parts of Kubernetes' own types that the demo reads or makes; names and meanings are the API's. */
export type ContainerPort = {
	readonly name?: string;
	readonly containerPort: number;
	readonly hostPort?: number;
	readonly hostIP?: string;
	readonly protocol?: 'TCP' | 'UDP' | 'SCTP';
};

/** A container of a pod, the fields that the demo uses. */
export type Container = {
	readonly name: string;
	readonly image: string;
	readonly command?: readonly string[];
	readonly args?: readonly string[];
	readonly env?: readonly {readonly name: string; readonly value?: string; readonly valueFrom?: unknown}[];
	readonly ports?: readonly ContainerPort[];
	readonly volumeMounts?: readonly {readonly name: string; readonly mountPath: string; readonly readOnly?: boolean}[];
	readonly securityContext?: {
		readonly privileged?: boolean;
		readonly capabilities?: {readonly add?: readonly string[]; readonly drop?: readonly string[]};
	};
};

/** Spec of a pod, the fields that the demo uses. */
export type PodSpec = {
	readonly nodeName?: string;
	readonly hostNetwork?: boolean;
	readonly nodeSelector?: Readonly<Record<string, string>>;
	readonly terminationGracePeriodSeconds?: number;
	readonly containers: readonly Container[];
	readonly initContainers?: readonly Container[];
	readonly volumes?: readonly {
		readonly name: string;
		readonly hostPath?: {readonly path: string; readonly type?: string};
		readonly configMap?: {readonly name: string};
		readonly emptyDir?: unknown;
	}[];
	readonly [field: string]: unknown;
};

/** Template of the pods of a workload. */
export type PodTemplate = {
	readonly metadata: {readonly labels: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>>};
	readonly spec: PodSpec;
};

/** Status of a container. */
export type ContainerStatus = {
	readonly name: string;
	readonly image: string;
	readonly ready: boolean;
	readonly started: boolean;
	readonly restartCount: number;
	readonly containerID?: string;
	readonly imageID: string;
	readonly state: {
		readonly running?: {readonly startedAt: string};
		readonly waiting?: {readonly reason: string; readonly message?: string};
		readonly terminated?: unknown;
	};
};

/** Status of a pod. */
export type PodStatus = {
	readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
	readonly hostIP?: string;
	readonly podIP?: string;
	readonly podIPs?: readonly {readonly ip: string}[];
	readonly startTime?: string;
	readonly conditions?: readonly {
		readonly type: string;
		readonly status: string;
		readonly reason?: string;
		readonly message?: string;
		readonly lastTransitionTime: string;
	}[];
	readonly containerStatuses?: readonly ContainerStatus[];
	readonly initContainerStatuses?: readonly ContainerStatus[];
};

/** A pod of the demo. */
export type Pod = StoredObject & {
	readonly metadata: ObjectMetadata & {readonly namespace: string};
	readonly spec: PodSpec;
	readonly status: PodStatus;
};

/** DaemonSet, Deployment or ReplicaSet. */
export type Workload = StoredObject & {
	readonly metadata: ObjectMetadata & {readonly namespace: string};
	readonly spec: {
		readonly replicas?: number;
		readonly selector: {readonly matchLabels: Readonly<Record<string, string>>};
		readonly template: PodTemplate;
		readonly updateStrategy?: {readonly type?: string; readonly rollingUpdate?: {readonly maxUnavailable?: number | string}};
	};
	readonly status: Readonly<Record<string, unknown>>;
};
