import type {KeptPod} from '../acts/kept-pods.ts';

/** Something that an interrupted run has left. */
export type Leftover = {
	/** `folder`: on the machine that this program runs on. */
	readonly kind: 'pod' | 'file' | 'node-config' | 'secret' | 'lock' | 'run' | 'folder';
	/** Empty for a file and a folder. */
	readonly namespace: string;
	/** Of a file: its name alone; of a folder: its path. */
	readonly name: string;
	/** Empty where it concerns none. */
	readonly node: string;
	/** Of a file: its folder by the node's own name. */
	readonly folder: string;
	/** Of a lock: the resourceVersion that was seen; a living holder has another by the time it would be removed. */
	readonly version?: string;
	/** What is known of it, one line. */
	readonly says: string;
	/** `asked`: it is what a run is undone by, so it goes only where that is asked for. `never`: a living run holds it. */
	readonly removal: 'plain' | 'asked' | 'never';
};

/** Leftovers that were found, and where they could not be looked for. */
export type LeftoverSearch = {
	readonly found: readonly Leftover[];
	/** Where it could not be looked, and why; one line each. */
	readonly unseen: readonly string[];
	/** Pods that are nowhere but in a Secret that was found: they have to be created again before it goes. */
	readonly lost?: readonly KeptPod[];
};

/** `pod kube-system/hostport-reader-1`, `file node-1:/opt/cni/bin/.portmap…`, `folder /tmp/hostport-ssh-…`. */
export function leftoverName({kind, namespace, name, node, folder}: Leftover): string {
	if (kind === 'folder') return `${kind} ${name}`;
	return kind === 'file' ? `file ${node}:${folder}/${name}` : `${kind} ${namespace}/${name}`;
}

/** What most of them do not say. */
export const nothing = {namespace: '', name: '', node: '', folder: ''} as const;
