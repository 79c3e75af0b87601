import pMap from 'p-map';
import {at, listOf} from '../untyped.ts';
import {line} from './metadata.ts';
import type {ObjectReader} from './object-reader.ts';

/** What an object's ownerReferences call its controller. */
export type Controller = {readonly kind: string; readonly name: string; readonly namespace: string};

/** Kinds that are themselves made by another one, and where they are read. */
const intermediate: ReadonlyMap<string, {group: string; resource: string}> = new Map([
	['ReplicaSet', {group: 'apps/v1', resource: 'replicasets'}],
	['Job', {group: 'batch/v1', resource: 'jobs'}],
]);
const maximumRequests = 500;

/** The controller among an object's owners. */
export function controllerOf(object: unknown): Controller | undefined {
	const references = listOf(at(object, 'metadata', 'ownerReferences'));
	const reference = references.find(owner => at(owner, 'controller') === true) ?? references[0];
	if (reference === undefined) return undefined;
	return {kind: line(at(reference, 'kind')), name: line(at(reference, 'name')), namespace: line(at(object, 'metadata', 'namespace'))};
}

/** The top of each owner chain, `Deployment/web`: a ReplicaSet or Job is read once, and only where a pod hangs on it. */
export async function readOwners(
	reader: ObjectReader,
	controllers: readonly (Controller | undefined)[],
): Promise<(controller: Controller | undefined) => string> {
	const tops = new Map<string, string>();
	const asked = new Map<string, Controller>();
	for (const controller of controllers) {
		if (controller !== undefined && intermediate.has(controller.kind)) asked.set(keyOf(controller), controller);
	}

	await pMap(
		[...asked].slice(0, maximumRequests),
		async ([key, {kind, name, namespace}]) => {
			const {group, resource} = intermediate.get(kind) ?? {group: '', resource: ''};
			const top = controllerOf(
				await reader.get({
					what: `${kind} ${namespace}/${name}`,
					right: `get ${resource}.${group.split('/')[0] ?? ''}`,
					path: `/apis/${group}/namespaces/${encodeURIComponent(namespace)}/${resource}/${encodeURIComponent(name)}`,
					// It may just have gone, its pods going after it.
					optional: true,
				}),
			);
			if (top !== undefined) tops.set(key, `${top.kind}/${top.name}`);
		},
		{concurrency: 8},
	);
	return controller => (controller === undefined ? '' : (tops.get(keyOf(controller)) ?? `${controller.kind}/${controller.name}`));
}

function keyOf({kind, namespace, name}: Controller): string {
	return `${kind} ${namespace}/${name}`;
}
