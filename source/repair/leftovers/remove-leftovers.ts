import {rm} from 'node:fs/promises';
import pMap from 'p-map';
import {removeHelperPod} from '../../access/helper-pods.ts';
import type {ClusterClient} from '../../cluster/cluster-client.ts';
import {ask} from '../../cluster/typed-api.ts';
import {ActionableError, messageOf} from '../../errors.ts';
import {printableLine} from '../../foreign-text.ts';
import {findNodeConfigApi} from '../acts/node-config.ts';
import {isGone} from '../acts/patience.ts';
import type {RepairTools} from '../step-work.ts';
import {leftoverName, type Leftover} from './leftover.ts';

/** A leftover, and what came of removing it. */
export type Removal = {
	readonly leftover: Leftover;
	/** Empty: it is gone, or its going is under way. */
	readonly error: string;
};

/** What removing needs. */
export type RemovalSetting = {
	readonly client: ClusterClient;
	readonly openWriter: RepairTools['openWriter'];
	readonly ciliumVersion: string;
	readonly signal: AbortSignal;
	/** Things removed at the same time. */
	readonly concurrency: number;
};

const nodeMilliseconds = 60_000;
const removeFiles = 'cd "$1" && shift && rm -f -- "$@"';

/** Removes what was found. One that stays stops none of the others; the files of a node go in one round trip. */
export async function removeLeftovers(leftovers: readonly Leftover[], setting: RemovalSetting): Promise<Removal[]> {
	const files = Map.groupBy(
		leftovers.filter(({kind}) => kind === 'file'),
		({node, folder}) => `${node}:${folder}`,
	);
	const groups = [...files.values(), ...leftovers.filter(({kind}) => kind !== 'file').map(leftover => [leftover])];
	const removed = await pMap(
		groups,
		async group => {
			const error = await attempt(group, setting);
			return group.map(leftover => ({leftover, error}));
		},
		{concurrency: setting.concurrency},
	);
	setting.signal.throwIfAborted();
	return removed.flat();
}

async function attempt(group: readonly Leftover[], setting: RemovalSetting): Promise<string> {
	const [first] = group;
	if (first === undefined || setting.signal.aborted) return 'not tried';
	try {
		await (first.kind === 'file' ? removeFilesOf(first, group, setting) : removeObject(first, setting));
		return '';
	} catch (error) {
		return printableLine(`${leftoverName(first)}: ${messageOf(error)}`);
	}
}

async function removeFilesOf({node, folder}: Leftover, group: readonly Leftover[], {openWriter, signal}: RemovalSetting): Promise<void> {
	const limit = AbortSignal.any([signal, AbortSignal.timeout(nodeMilliseconds)]);
	const access = await openWriter(node, folder, limit);
	try {
		const parameters = [access.binaryFolder?.seen ?? folder, ...group.map(({name}) => name)];
		const {exitCode, stderr} = await access.run(removeFiles, {parameters, signal: limit, timeoutMilliseconds: nodeMilliseconds});
		if (exitCode !== 0) throw new ActionableError(stderr.trim() || `exit code ${exitCode}`, 'Remove it on the node itself.');
	} finally {
		await access.close();
	}
}

async function removeObject(leftover: Leftover, setting: RemovalSetting): Promise<void> {
	const {kind, namespace, name} = leftover;
	if (kind === 'pod') return removeHelperPod(setting.client, namespace, name);
	if (kind === 'folder') return rm(name, {recursive: true, force: true});
	const {client, signal} = setting;
	const {version = ''} = leftover;
	const guard = version === '' ? {} : {body: {apiVersion: 'v1', kind: 'DeleteOptions', preconditions: {resourceVersion: version}}};
	const removed =
		kind === 'node-config'
			? client.request({method: 'DELETE', path: await nodeConfigPath(leftover, setting), ...guard, signal})
			: ask(client, {signal}, async ({core}) =>
					kind === 'secret'
						? core.deleteNamespacedSecret({name, namespace, ...guard})
						: core.deleteNamespacedConfigMap({name, namespace, ...guard}),
				);
	await removed.catch((error: unknown) => {
		if (!isGone(error)) throw error;
	});
}

async function nodeConfigPath({namespace, name}: Leftover, {client, ciliumVersion, signal}: RemovalSetting): Promise<string> {
	const api = (await findNodeConfigApi(client, ciliumVersion, signal)) ?? 'cilium.io/v2';
	return `/apis/${api}/namespaces/${namespace}/ciliumnodeconfigs/${name}`;
}
