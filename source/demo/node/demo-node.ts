import type {AgentState} from './agent-state.ts';
import type {PortMapping} from './port-mappings.ts';
import type {Scene, SceneNode} from '../scene.ts';

/** One node of the demo: what the API objects and the node's folder are both made from. */
export type DemoNode = {
	readonly index: number;
	readonly shape: SceneNode;
	readonly name: string;
	/** InternalIP. */
	readonly address: string;
	readonly joined: Date;
	/** Undefined: no agent ran here yet (Windows, a node just joined). */
	agent: AgentState | undefined;
	/** What portmap wired here and has not taken away, by the pod's uid. */
	readonly wired: Map<string, PortMapping>;
	/** hostPorts of the pods that run here, by the pod's uid, whether they are wired or not. */
	readonly hostPorts: Map<string, PortMapping>;
	/** Pod addresses given so far. */
	podAddresses: number;
};

/** The scene's nodes without agents and pods. Addresses leave room for 16,000 nodes. */
export function demoNodes(scene: Scene, count: number, now: Date): DemoNode[] {
	return Array.from({length: count}, (_, index) => {
		const shape = scene.node(index);
		return {
			index,
			shape,
			name: shape.name,
			address: `192.168.${1 + Math.floor(index / 240)}.${10 + (index % 240)}`,
			joined: minutesBefore(now, shape.age ?? scene.clusterAge),
			agent: undefined,
			wired: new Map(),
			hostPorts: new Map(),
			podAddresses: 0,
		};
	});
}

/** The next free address of the node's /24 out of 10.0.0.0/8, Cilium's own default for its cluster pool. */
export function nextPodAddress(node: DemoNode): string {
	node.podAddresses = (node.podAddresses % 240) + 1;
	return `10.${node.index >> 8}.${node.index & 255}.${10 + node.podAddresses}`;
}

/** So many minutes before a moment. */
export const minutesBefore = (now: Date, minutes: number): Date => new Date(now.getTime() - minutes * 60_000);
