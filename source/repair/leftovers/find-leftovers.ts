import {isDown} from '../../diagnosis/repairable-nodes.ts';
import type {V1Pod} from '@kubernetes/client-node';
import {managedBy} from '../../access/helper-pods.ts';
import {temporaryMark} from '../../access/ssh/put-file.ts';
import type {ClusterClient, Wire} from '../../cluster/cluster-client.ts';
import {ClusterError} from '../../cluster/cluster-error.ts';
import {messageOf} from '../../errors.ts';
import type {Evidence, NodeEvidence} from '../../evidence/evidence.ts';
import {printableLine} from '../../foreign-text.ts';
import {isUnfinished} from '../journal.ts';
import {journalName, listJournals, listParts} from '../run/journal-config-map.ts';
import {firstOf} from '../run/journal-places.ts';
import {isGone} from '../acts/patience.ts';
import {keptPrefix} from '../acts/portmap-on-node.ts';
import {lockName, readLock} from '../run/lock-map.ts';
import {canaryName} from '../acts/node-config.ts';
import {findSecrets} from './find-secrets.ts';
import {nothing, type Leftover, type LeftoverSearch} from './leftover.ts';

/** A holder renews every four seconds; a machine's clock may be off by some more. */
const livingLockMilliseconds = 60_000;
/** Only a name that we could have given goes into a command that removes. */
const ownFile = new RegExp(String.raw`^\.[\w.-]*${temporaryMark.replaceAll('.', String.raw`\.`)}[\w-]+$`, 'u');

type SeenPod = Wire<V1Pod>;

type Place = {
	readonly client: ClusterClient;
	/** Where helper pods may be, should all namespaces together be closed to us. */
	readonly namespaces: readonly string[];
	/** Folders of this machine that processes which are gone have left. */
	readonly folders: readonly string[];
	/** Milliseconds since the epoch. */
	readonly now: number;
	readonly signal: AbortSignal;
};

/** Everything that runs of this program may have left on a cluster whose nodes have just been looked at. */
export async function findLeftovers(evidence: Evidence, place: Place): Promise<LeftoverSearch> {
	const namespace = evidence.cilium?.namespace;
	const searches = [
		findPods(place),
		...(namespace === undefined ? [] : [findLock(namespace, place), findRuns(namespace, place), findSecrets(namespace, place)]),
	];
	const parts: readonly LeftoverSearch[] = [...(await Promise.all(searches)), ...evidence.nodes.map(node => filesOn(node))];
	const unfinished = parts.some(({found}) => found.some(({kind}) => kind === 'run'));
	return {
		found: [...parts.flatMap(({found}) => found), ...canaries(evidence, unfinished), ...place.folders.map(localFolder)],
		unseen: [...parts.flatMap(({unseen}) => unseen), ...evidence.gaps.map(({what, reason}) => `${what}: ${reason}`)],
		lost: parts.flatMap(({lost = []}) => lost),
	};
}

async function findPods({client, namespaces, now, signal}: Place): Promise<LeftoverSearch> {
	const query = {labelSelector: `${managedBy.label}=${managedBy.value}`};
	const list = async (path: string): Promise<SeenPod[]> => client.list<SeenPod>(path, {query, signal});
	try {
		return {found: podsAmong(await list('/api/v1/pods'), now), unseen: []};
	} catch (error) {
		signal.throwIfAborted();
		const isForbidden = error instanceof ClusterError && error.status === 403;
		const each = isForbidden
			? await Promise.allSettled(namespaces.map(async name => list(`/api/v1/namespaces/${encodeURIComponent(name)}/pods`)))
			: [];
		signal.throwIfAborted();
		const seen = each.flatMap(answer => (answer.status === 'fulfilled' ? answer.value : []));
		return {found: podsAmong(seen, now), unseen: [`pods in all namespaces: ${printableLine(messageOf(error))}`]};
	}
}

function podsAmong(pods: readonly SeenPod[], now: number): Leftover[] {
	return pods
		.filter(({metadata}) => metadata?.deletionTimestamp === undefined && (metadata?.ownerReferences ?? []).length === 0)
		.map(({metadata, spec, status}) => {
			const seconds = Math.max(0, Math.round((now - Date.parse(metadata?.creationTimestamp ?? '')) / 1000)) || 0;
			const phase = printableLine(status?.phase ?? '');
			return {
				...nothing,
				kind: 'pod',
				namespace: printableLine(metadata?.namespace ?? ''),
				name: printableLine(metadata?.name ?? ''),
				node: printableLine(spec?.nodeName ?? ''),
				says: `${phase}, created ${seconds} s ago${phase === 'Running' ? '; a run in progress may be using it' : ''}`,
				removal: 'plain',
			};
		});
}

/** Files that were being put when their run ended, by their names. */
function filesOn(seen: NodeEvidence): LeftoverSearch {
	const {name: node, observation, skipped, os, attempts} = seen;
	const folder = observation?.binaryFolder ?? null;
	if (folder === null) {
		const why = skipped || attempts.findLast(({reason}) => reason !== '')?.reason || 'not asked';
		// Nothing of ours is ever put on a node that has no Linux behind it.
		const isOutside = os === 'windows' || (skipped !== '' && !isDown({node: seen}));
		return {found: [], unseen: isOutside ? [] : [`CNI binary folder of ${node}: ${why}`]};
	}

	const files = folder.files.filter(({name}) => ownFile.test(name));
	return {
		found: files.map(({name, size, modified}) => ({
			...nothing,
			kind: 'file',
			name,
			node,
			folder: folder.host,
			says: `${name.startsWith(keptPrefix) ? 'the portmap that a repair replaced: ' : ''}${size} bytes, of ${new Date(modified * 1000).toISOString()}`,
			removal: name.startsWith(keptPrefix) ? 'asked' : 'plain',
		})),
		unseen: [],
	};
}

async function findLock(namespace: string, {client, now, signal}: Place): Promise<LeftoverSearch> {
	try {
		const {data = {}, metadata} = await readLock(client, namespace, signal);
		const age = now - Date.parse(data['renewedAt'] ?? '');
		// A time that is still to come says nothing: a clock is wrong, or somebody wrote it by hand.
		const isAlive = age < livingLockMilliseconds && age > -livingLockMilliseconds;
		const says = printableLine(
			`held by ${data['holder'] ?? 'nobody'} for run ${data['run'] ?? ''}, last renewed ${data['renewedAt'] ?? 'never'}`,
		);
		return {
			found: [
				{
					...nothing,
					kind: 'lock',
					namespace,
					name: lockName,
					says,
					version: metadata?.resourceVersion ?? '',
					removal: isAlive ? 'never' : 'asked',
				},
			],
			unseen: [],
		};
	} catch (error) {
		signal.throwIfAborted();
		return isGone(error) ? {found: [], unseen: []} : {found: [], unseen: [`lock: ${printableLine(messageOf(error))}`]};
	}
}

async function findRuns(namespace: string, {client, signal}: Place): Promise<LeftoverSearch> {
	try {
		// Parts first: what a run that begins just now names is seen then.
		const parts = await listParts(client, namespace, signal);
		const {journals, damaged, further} = await listJournals(client, namespace, signal);
		const run = {...nothing, kind: 'run', namespace, removal: 'asked'} as const;
		const runs = [
			...journals.filter(isUnfinished).map(({id, outcome, startedAt, by}) => ({
				...run,
				name: journalName(printableLine(id)),
				says: printableLine(`${outcome}, started ${startedAt} by ${by}; to roll back: kubectl hostport rollback ${id}`),
			})),
			...damaged.map(({name, error}) => ({...run, name, says: `cannot be read: ${error.message}`})),
		];
		const left = new Set(runs.map(({name}) => name));
		const rest = parts.flatMap(({metadata}) => {
			const name = printableLine(metadata?.name ?? '', 253);
			const first = firstOf(name);
			const isNamed = further.get(first)?.has(name) === true;
			// What a run that has ended names stays with it.
			if ((isNamed && !left.has(first)) || left.has(name)) return [];
			return {...run, name, says: isNamed ? `a part of the journal ${first}` : 'a part of a journal that no run names'};
		});
		return {found: [...runs, ...rest], unseen: []};
	} catch (error) {
		signal.throwIfAborted();
		return {found: [], unseen: [`journals of runs: ${printableLine(messageOf(error))}`]};
	}
}

/** The first node's own settings. While a run is unfinished they belong to it. */
function canaries({cilium}: Evidence, isRunUnfinished: boolean): Leftover[] {
	return (cilium?.nodeConfigs ?? [])
		.filter(({name}) => name === canaryName)
		.map(({name, namespace, matchLabels}) => ({
			...nothing,
			kind: 'node-config',
			namespace,
			name,
			node: matchLabels['kubernetes.io/hostname'] ?? '',
			says: 'settings of the node that a repair changed first',
			removal: isRunUnfinished ? 'asked' : 'plain',
		}));
}

function localFolder(name: string): Leftover {
	return {...nothing, kind: 'folder', name, says: 'on this machine, from a process that has ended', removal: 'plain'};
}
