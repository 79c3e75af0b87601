import type {PodTemplate} from './objects/kubernetes-types.ts';

/** Names of the demo's scenes. */
export const demoScenes = ['nks', 'missing-binary', 'healthy', 'mixed'] as const;
/** Name of a scene of the demo. */
export type DemoScene = (typeof demoScenes)[number];

/** What one state of a cluster looks like: plain data, one file a scene in `scenes/`. Ages are minutes before the demo's start. */
export type Scene = {
	/** One line for people. */
	readonly title: string;
	/** `v1.26.9`. */
	readonly kubernetes: string;
	/** `1.10.16`. */
	readonly cilium: string;
	/** Nodes where the user asks for no number. */
	readonly nodes: number;
	/** What is the same on every Linux node. */
	readonly machine: {
		readonly kernel: string;
		readonly osImage: string;
		readonly containerRuntime: string;
		/** The backend that kube-proxy and portmap write their rules with: the distribution's default. */
		readonly iptables: 'nft' | 'legacy';
	};
	readonly clusterAge: number;
	/** What sets a node apart, by its number from 0. */
	readonly node: (index: number) => SceneNode;
	/** `data` of cilium-config. */
	readonly configuration: Readonly<Record<string, string>>;
	/** Who wrote cilium-config, the oldest first; the later owner of a key is its only one. */
	readonly configurationWriters: readonly {readonly manager: string; readonly age: number; readonly keys?: readonly string[]}[];
	/** Age of the agent pods, and so of the CNI file that they wrote. */
	readonly agentAge: number;
	readonly workloads: readonly SceneWorkload[];
};

/** A node of a scene. */
export type SceneNode = {
	readonly name: string;
	readonly os: 'linux' | 'windows';
	readonly ready: boolean;
	readonly zone: string;
	/** Minutes since it joined, where that is less than the cluster's age. */
	readonly age?: number;
	/** Whether the portmap plugin lies in /opt/cni/bin. */
	readonly portmap: boolean;
};

/** A workload of a scene. */
export type SceneWorkload = {
	readonly kind: 'DaemonSet' | 'Deployment';
	readonly namespace: string;
	readonly name: string;
	readonly age: number;
	readonly template: PodTemplate;
	/** Deployment only: the numbers of the nodes that its replicas run on. */
	readonly placement?: readonly number[];
	/** The state of its pod on a node; `running` where it is not told. */
	readonly pod?: (node: number) => ScenePod;
};

/** A pod of a scene. */
export type ScenePod = {
	/** `running`: wired where the node can; `unwired`: made before the CNI list had portmap; `creating`, `terminating`: hangs. */
	readonly state: 'running' | 'unwired' | 'creating' | 'terminating';
	readonly age: number;
};
