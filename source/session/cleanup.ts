import {randomBytes} from 'node:crypto';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {exitCode, type ExitCode} from '../errors.ts';
import type {Evidence} from '../evidence/evidence.ts';
import type {KeptPod} from '../repair/acts/kept-pods.ts';
import {findLeftovers} from '../repair/leftovers/find-leftovers.ts';
import type {Leftover, LeftoverSearch} from '../repair/leftovers/leftover.ts';
import {removeLeftovers, type Removal} from '../repair/leftovers/remove-leftovers.ts';
import {abandonedFolders} from '../temporary-folder.ts';
import {look, type Listeners} from './look.ts';
import {createLost, decideLost, type LostPodsAsking} from './lost-pods.ts';
import {repairTools} from './repair-tools.ts';
import type {Session} from './session.ts';
import {toolAccesses, type NodeAccesses} from './ways.ts';

/** A cluster whose leftovers are looked for. */
export type Littered = {
	readonly session: Session;
	readonly client: ClusterClient;
	readonly ways: NodeAccesses;
	readonly evidence: Evidence;
};

/** Looks at a cluster and leaves what ended runs have left as it is. @throws as `look` */
export async function lookForLeftovers(session: Session, ways: NodeAccesses, listeners: Listeners): Promise<Evidence> {
	// Leftovers are no matter of connections.
	const unconnected: Session = {...session, reach: {...session.reach, connects: false}};
	return (await look(unconnected, {...listeners, ways, keepsLeftovers: true})).evidence;
}

/** What interrupted runs have left on a cluster and on this machine; nothing is removed. */
export async function searchLeftovers({session, client, ways, evidence}: Littered): Promise<LeftoverSearch> {
	return findLeftovers(evidence, {
		client,
		namespaces: [...new Set([evidence.cilium?.namespace, ways.pods.namespace].filter(name => name !== undefined))],
		folders: await abandonedFolders(),
		now: Date.now(),
		signal: session.signal,
	});
}

/** Those that may go. @param isAll also what a run that never ended is undone by */
export const removableOf = ({found}: LeftoverSearch, isAll: boolean): readonly Leftover[] =>
	found.filter(({removal}) => removal === 'plain' || (removal === 'asked' && isAll));

/** Who is asked before something goes, and told what becomes of lost pods. */
export type CleanupAsking = Pick<LostPodsAsking, 'isUnasked' | 'askDoubts' | 'say'> & {
	/** Nothing is asked and nothing removed. */
	readonly isDry: boolean;
	/** Asked once, where there is something to remove. @throws where the person does not say yes */
	readonly confirm: () => Promise<void>;
};

/** Creates lost pods again, then removes what may go; gives what became of it, and what the process ends with. */
export async function removeFound(
	littered: Littered,
	search: LeftoverSearch,
	removable: readonly Leftover[],
	{isDry, confirm, say, ...asking}: CleanupAsking,
): Promise<{readonly removals: readonly Removal[]; readonly code: ExitCode}> {
	const {session, client, evidence} = littered;
	const {environment, signal} = session;
	// Between deleting and creating a pod, a run that is at work has it nowhere but in its Secret: it brings it back itself.
	const isAtWork = search.found.some(({kind, removal}) => kind === 'lock' && removal === 'never');
	const lost = isDry || isAtWork ? [] : (search.lost ?? []);
	const {own, agreed, left} = await decideLost(evidence.cilium?.namespace ?? '', lost, asking, environment);
	const toCreate = [...own, ...agreed];
	const kept = secretsOf(search, isAtWork ? (search.lost ?? []) : left);
	const wanted = new Set([...removable.filter(leftover => !kept.includes(leftover)), ...secretsOf(search, toCreate)]);
	if (!isDry && wanted.size > 0) await confirm();
	const created = await createLost(client, toCreate, say, signal);
	const missed = toCreate.filter(pod => !created.includes(pod));
	for (const secret of secretsOf(search, missed)) wanted.delete(secret);
	const removals = isDry || wanted.size === 0 ? [] : await remove(littered, [...wanted]);
	const code = left.length > 0 ? exitCode.rollbackFailed : missed.length > 0 ? exitCode.incomplete : outcomeOf(search, removals);
	return {removals, code};
}

const secretsOf = ({found}: LeftoverSearch, pods: readonly KeptPod[]): readonly Leftover[] =>
	found.filter(({kind, name}) => kind === 'secret' && pods.some(({secret}) => secret === name));

async function remove({session, client, evidence, ways}: Littered, leftovers: readonly Leftover[]): Promise<Removal[]> {
	const {environment, clock, signal} = session;
	const run = randomBytes(5).toString('hex');
	const tools = repairTools({...toolAccesses(ways), client, evidence, run, sources: [], environment, clock, signal});
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
	return found.every(leftover => gone.has(leftover)) ? exitCode.well : exitCode.faults;
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
