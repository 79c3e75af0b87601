import type {Change, ObjectMetadata, ObjectStore} from '../api/object-store.ts';
import type {Resource} from '../api/resources.ts';
import type {DemoNode} from '../node/demo-node.ts';
import type {NodeFolders} from '../node/node-folder.ts';
import type {Pod} from '../objects/kubernetes-types.ts';
import type {Scene} from '../scene.ts';

/** What the demo's controllers work on. */
export type Stage = {
	readonly store: ObjectStore;
	readonly resources: readonly Resource[];
	readonly scene: Scene;
	readonly nodes: ReadonlyMap<string, DemoNode>;
	readonly folders: NodeFolders;
};

/** What every controller of the demo works with. */
export type Control = Stage & {
	/** Ends every wait. */
	readonly signal: AbortSignal;
	/** The built-in resource of this name. */
	readonly resource: (plural: string) => Resource;
	/** The pod as it is now, or undefined if it is gone or another one has its name. */
	readonly currentPod: (metadata: ObjectMetadata) => Pod | undefined;
	/** Calls back at every change until the cluster stops. */
	readonly listen: (listener: (change: Change) => void) => void;
	/** Runs something that takes time; the cluster does not stop before it has ended, which the signal tells it to do. */
	readonly during: (task: () => Promise<void>) => void;
};

/** Gives the means and the end of them. An error of a controller comes out of `close`. */
export function openControl(stage: Stage): Control & {close(): Promise<void>} {
	const stopping = new AbortController();
	const tasks = new Set<Promise<void>>();
	const errors: unknown[] = [];
	const unsubscribes: (() => void)[] = [];
	const resource = (plural: string): Resource => {
		const found = stage.resources.find(one => one.plural === plural && !one.custom);
		if (!found) throw new Error(`the demo serves no ${plural}`);
		return found;
	};
	return {
		...stage,
		signal: stopping.signal,
		resource,
		currentPod({namespace, name, uid}) {
			const pod = stage.store.get(resource('pods'), `${namespace}/${name}`);
			return pod?.metadata.uid === uid ? (pod as Pod) : undefined;
		},
		listen: listener => void unsubscribes.push(stage.store.subscribe(listener)),
		during(task) {
			if (stopping.signal.aborted) return;
			const running = task().catch((error: unknown) => {
				if (!stopping.signal.aborted) errors.push(error);
			});
			tasks.add(running);
			void running.finally(() => tasks.delete(running));
		},
		async close() {
			stopping.abort();
			for (const unsubscribe of unsubscribes) unsubscribe();
			await Promise.all(tasks);
			if (errors.length > 0) throw new AggregateError(errors, 'a controller of the demo cluster failed');
		},
	};
}
