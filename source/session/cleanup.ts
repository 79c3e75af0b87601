import {randomBytes} from 'node:crypto';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {exitCode, type ExitCode} from '../errors.ts';
import type {Evidence} from '../evidence/evidence.ts';
import type {KeptPod} from '../repair/acts/kept-pods.ts';
import {findLeftovers} from '../repair/leftovers/find-leftovers.ts';
import {leftoverName, type Leftover, type LeftoverSearch} from '../repair/leftovers/leftover.ts';
import {removeLeftovers, type Removal} from '../repair/leftovers/remove-leftovers.ts';
import {abandonedFolders} from '../temporary-folder.ts';
import {withConnection} from './connection.ts';
import type {Dialogue} from './dialogue.ts';
import {look} from './look.ts';
import {createLost, decideLost} from './lost-pods.ts';
import type {Opened} from './opened.ts';
import {repairTools} from './repair-tools.ts';
import type {Session} from './session.ts';
import {toolAccesses, type NodeAccesses} from './node-accesses.ts';

type Littered = {
	readonly session: Session;
	readonly client: ClusterClient;
	readonly accesses: NodeAccesses;
	readonly evidence: Evidence;
};

/** Something that was left, its name in words, and whether it will be removed. */
export type FoundLeftover = Leftover & {readonly title: string; readonly goes: boolean};

/** Shown what is found, and what became of it. */
export type CleanupShows = {
	/** `unseen`: where it could not be looked, and why, one line each. */
	readonly found: (leftovers: readonly FoundLeftover[], unseen: readonly string[]) => void;
	readonly removed: (search: LeftoverSearch, removals: readonly Removal[]) => void;
};

/** Which of what is found is to go. */
export type CleanupWishes = {
	/** Also what a run that never ended is undone by. */
	readonly isAll: boolean;
	/** Nothing is removed. */
	readonly isDry: boolean;
};

/**
 * Finds what interrupted runs have left on a cluster and on this machine, shows it, asks, and removes it.
 * @throws as `look`, and where the person does not say yes
 */
export async function cleanUp(
	{session, accesses, onProgress, onNotice, onLooked}: Opened,
	{isAll, isDry}: CleanupWishes,
	dialogue: Dialogue,
	shows: CleanupShows,
): Promise<ExitCode> {
	// Leftovers are no matter of connections.
	const unconnected: Session = {...session, reach: {...session.reach, connects: false}};
	const listeners = {onProgress, onNotice, accesses, keepsLeftovers: true};
	const {evidence} = await look(unconnected, listeners).finally(onLooked);
	return withConnection(session, async client => {
		const littered = {session, client, accesses, evidence};
		const search = await searchLeftovers(littered);
		const goes = ({removal}: Leftover): boolean => removal === 'plain' || (removal === 'asked' && isAll);
		const found = search.found.map(leftover => ({...leftover, title: leftoverName(leftover), goes: goes(leftover)}));
		shows.found(found, search.unseen);
		const {removals, code} = await removeFound(littered, search, search.found.filter(goes), isDry, dialogue);
		shows.removed(search, removals);
		return code;
	});
}

async function searchLeftovers({session, client, accesses, evidence}: Littered): Promise<LeftoverSearch> {
	return findLeftovers(evidence, {
		client,
		namespaces: [...new Set([evidence.cilium?.namespace, accesses.pods.namespace].filter(name => name !== undefined))],
		folders: await abandonedFolders(),
		now: Date.now(),
		signal: session.signal,
	});
}

/** Creates lost pods again, then removes what may go; gives what became of it, and what the process ends with. */
async function removeFound(
	littered: Littered,
	search: LeftoverSearch,
	removable: readonly Leftover[],
	isDry: boolean,
	dialogue: Dialogue,
): Promise<{readonly removals: readonly Removal[]; readonly code: ExitCode}> {
	const {session, client, evidence} = littered;
	const {environment, signal} = session;
	// Between deleting and creating a pod, a run that is at work has it nowhere but in its Secret: it brings it back itself.
	const isAtWork = search.found.some(({kind, removal}) => kind === 'lock' && removal === 'never');
	const lost = isDry || isAtWork ? [] : (search.lost ?? []);
	const {own, agreed, left} = await decideLost(evidence.cilium?.namespace ?? '', lost, dialogue, environment);
	const toCreate = [...own, ...agreed];
	const kept = secretsOf(search, isAtWork ? (search.lost ?? []) : left);
	const wanted = new Set([...removable.filter(leftover => !kept.includes(leftover)), ...secretsOf(search, toCreate)]);
	if (!isDry && wanted.size > 0) await dialogue.confirm(client.context ?? client.server);
	const created = await createLost(client, toCreate, dialogue.say, signal);
	const missed = toCreate.filter(pod => !created.includes(pod));
	for (const secret of secretsOf(search, missed)) wanted.delete(secret);
	const removals = isDry || wanted.size === 0 ? [] : await remove(littered, [...wanted]);
	const code = left.length > 0 ? exitCode.rollbackFailed : missed.length > 0 ? exitCode.incomplete : outcomeOf(search, removals);
	return {removals, code};
}

const secretsOf = ({found}: LeftoverSearch, pods: readonly KeptPod[]): readonly Leftover[] =>
	found.filter(({kind, name}) => kind === 'secret' && pods.some(({secret}) => secret === name));

async function remove({session, client, evidence, accesses}: Littered, leftovers: readonly Leftover[]): Promise<Removal[]> {
	const {environment, clock, signal} = session;
	const run = randomBytes(5).toString('hex');
	const tools = repairTools({...toolAccesses(accesses), client, evidence, run, sources: [], environment, clock, signal});
	return removeLeftovers(leftovers, {
		client,
		openWriter: tools.openWriter.bind(tools),
		ciliumVersion: evidence.cilium?.version ?? '',
		signal,
		concurrency: session.reach.concurrency ?? 16,
	});
}

function outcomeOf({found, unseen}: LeftoverSearch, removals: readonly Removal[]): ExitCode {
	const gone = new Set(removals.filter(({error}) => error === '').map(({leftover}) => leftover));
	if (unseen.length > 0 || gone.size < removals.length) return exitCode.incomplete;
	return found.every(leftover => gone.has(leftover)) ? exitCode.ok : exitCode.faults;
}

/** `cleanup -o json`. */
export function leftoverList({found, unseen}: LeftoverSearch, removals: readonly Removal[]): object {
	const removed = new Map(removals.map(({leftover, error}) => [leftover, error]));
	const items = found.map(leftover => {
		const error = removed.get(leftover);
		return {...leftover, state: error === undefined ? 'left' : error === '' ? 'removed' : 'failed', error: error ?? ''};
	});
	return {apiVersion: 'hostport.dev/v1', kind: 'LeftoverList', items, unseen};
}
