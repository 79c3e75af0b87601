import {createHash} from 'node:crypto';
import type {V1ConfigMap} from '@kubernetes/client-node';
import {isReadKey} from '../../cilium/keys.ts';
import {ask} from '../../cluster/typed-api.ts';
import {ActionableError} from '../../errors.ts';
import {printable, printableLine} from '../../foreign-text.ts';
import {fieldManager} from './field-manager.ts';
import {isConflict} from './patience.ts';
import {isAcceptedValue, mayHaveBeen} from '../plan/planned-values.ts';
import type {StepContext} from '../step-work.ts';
import type {KeyChanges} from '../plan/wanted-keys.ts';

/** A ConfigMap as the API server has it now. */
export type SeenConfigMap = Pick<V1ConfigMap, 'metadata' | 'data'>;
type Values = Readonly<Record<string, string | null>>;
type Place = {readonly namespace: string; readonly name: string};
type Reader = Pick<StepContext, 'client' | 'signal'>;

/** API path of a ConfigMap. */
export const configMapPath = ({namespace, name}: Place): string =>
	`/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps/${encodeURIComponent(name)}`;

/** Reads it. @throws ClusterError */
export const readConfigMap = async (place: Place, {client, signal}: Reader): Promise<SeenConfigMap> =>
	ask(client, {signal}, async ({core}) => core.readNamespacedConfigMap(place));

/**
 * Writes these keys and nothing else, guarded by the version that was seen; null removes one.
 * @throws ActionableError where somebody has changed it since
 */
export async function writeValues(
	place: Place,
	{client, signal}: Reader,
	data: Values,
	{metadata}: SeenConfigMap,
	isDryRun = false,
): Promise<void> {
	try {
		const body = {metadata: {resourceVersion: metadata?.resourceVersion}, data};
		await ask(client, {signal, patchType: 'merge'}, async ({core}) =>
			core.patchNamespacedConfigMap({...place, body, fieldManager, ...(isDryRun && {dryRun: 'All'})}),
		);
	} catch (error) {
		if (!isConflict(error)) throw error;
		throw new ActionableError(
			`${place.name} was changed by someone else at the same moment`,
			'Nothing was written. Run fix again and check the new plan.',
			{cause: error},
		);
	}
}

/**
 * What a journal keeps of cilium-config, to tell a change by someone else: values of the keys that a diagnosis reads, cut as in the evidence.
 * Others may be secrets (`kvstore-opt` holds etcd's password); of them four digits of a digest, too few to find a value by.
 */
export const remembered = (data: Readonly<Record<string, string>>): Record<string, string> =>
	Object.fromEntries(Object.entries(data).map(([key, value]) => [key, isReadKey(key) ? printable(value) : mark(printable(value))]));

const mark = (value: string): string => `#${createHash('sha256').update(value).digest('hex').slice(0, 4)}`;

/** What stands there now against what is remembered of it, one line a key. */
export function differences(seen: Readonly<Record<string, string>>, {data = {}}: SeenConfigMap): string[] {
	const now = remembered(data);
	return [...new Set([...Object.keys(seen), ...Object.keys(now)])].sort().flatMap(key => {
		if (seen[key] === now[key]) return [];
		const change = isReadKey(key) ? `: ${seen[key] ?? '(not there)'} → ${now[key] ?? '(gone)'}` : '';
		return [printableLine(`${key}${change}`, 120)];
	});
}

/** What undoing a change writes, and the keys that somebody else has changed since, which are left. */
export function oldValues(
	changes: KeyChanges,
	before: Values,
	{data = {}}: SeenConfigMap,
): {readonly back: Values; readonly foreign: readonly string[]} {
	const now = (key: string): string | null => data[key] ?? null;
	const old = (key: string): string | null => before[key] ?? null;
	const foreign = Object.keys(changes).filter(key => now(key) !== old(key) && now(key) !== (changes[key]?.to ?? null));
	const wanted = Object.keys(changes).filter(key => now(key) !== old(key) && !foreign.includes(key));
	return {back: Object.fromEntries(wanted.map(key => [key, old(key)])), foreign};
}

type OddValue = {readonly key: string; readonly value: string; readonly why: string; readonly id: string};

/** Values that no repair on this version has begun with, and why: they are put back only where the person says yes to them. */
export const oddValues = (version: string, values: Values): readonly OddValue[] =>
	Object.entries(values).flatMap(([key, value]) => {
		if (value === null || mayHaveBeen(version, key, value)) return [];
		const why = isAcceptedValue(version, key, value) ? 'no repair begins with' : `Cilium ${version} does not take`;
		return [{key, value, why, id: JSON.stringify([key, value])}];
	});
