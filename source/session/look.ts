import {sweptLines} from '../access/sweep.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {diagnosing, settlesIn} from '../diagnosis/diagnose.ts';
import type {Diagnosis} from '../diagnosis/diagnosis.ts';
import type {VersionsRead} from '../evidence/cluster-evidence.ts';
import type {CollectProgress} from '../evidence/collect.ts';
import type {Evidence} from '../evidence/evidence.ts';
import {UsageError} from '../errors.ts';
import {shownFile} from '../named-file.ts';
import {assertNodes, nearestOf} from '../near-names.ts';
import {version} from '../version.ts';
import {withConnection} from './connection.ts';
import {inPieces} from './in-pieces.ts';
import type {Scope, Session} from './session.ts';
import {withAccesses, type NodeAccesses} from './node-accesses.ts';

/** What was seen, and what it means. */
export type Look = {
	readonly evidence: Evidence;
	readonly diagnosis: Diagnosis;
	/** At which version the API server's part was read; of a file it is not known. */
	readonly versions?: VersionsRead;
};

type Seen = Omit<Look, 'diagnosis'>;

/** Who hears of a look as it goes on. */
export type Listeners = {
	/** Server and context are known; nobody has answered yet. */
	readonly onConnection?: (client: Pick<ClusterClient, 'server' | 'context'>) => void;
	readonly onProgress?: (progress: CollectProgress) => void;
	/** Told in a line what `save` has written, and which leftovers were removed. */
	readonly onNotice: (says: string) => void;
	/** Leaves what ended runs have left as it is. */
	readonly keepsLeftovers?: boolean;
	/** How nodes are reached, where that was opened before and is used afterwards. */
	readonly accesses?: NodeAccesses;
	/** What was seen before: only nodes are asked about which something changed since. */
	readonly before?: Evidence | undefined;
	/** Until when it may wait for agents that have just started, in milliseconds of the session's clock; as long as they need unless told. */
	readonly settlesUntil?: number | undefined;
};

/**
 * Evidence from the cluster, or from the file that the session names; saved where it says so; and what it means. Where a hostPort does
 * not answer and an agent on the way has only just started, it waits for at most half a minute and looks once more.
 */
export async function look(session: Session, listeners: Listeners): Promise<Look> {
	const {from} = session;
	const seen: Seen = from === undefined ? await lookAtSettledCluster(session, listeners) : {evidence: await lookAtFile(session, from)};
	const {evidence} = seen;
	if (session.save !== undefined) {
		const {save} = await import('./save.ts');
		listeners.onNotice(await save(evidence, session.save, session));
	}

	return {...seen, diagnosis: await inPieces(diagnosing(evidence), session.signal)};
}

async function lookAtSettledCluster(session: Session, listeners: Listeners): Promise<Seen> {
	const seen = await lookAtCluster(session, listeners);
	const wait = settlingWait(seen.evidence, session.clock.now(), listeners.settlesUntil);
	if (wait === 0) return seen;
	const seconds = Math.ceil(wait / 1000);
	listeners.onNotice(`a hostPort does not answer, but an agent involved has only just started: trying again in ${seconds} s`);
	await session.clock.sleep(wait, session.signal);
	return lookAtCluster(session, listeners);
}

/** Milliseconds to wait before connections that failed are asked once more: 0 where that would prove nothing, or where there is no time for it. */
export function settlingWait(evidence: Evidence, now: number, until = Infinity): number {
	return Math.max(0, Math.min(settlesIn(evidence) * 1000, until - now));
}

async function lookAtCluster(session: Session, listeners: Listeners): Promise<Seen> {
	if (listeners.accesses !== undefined) return lookBy(listeners.accesses, session, listeners);
	return withAccesses(session, async accesses => lookBy(accesses, session, listeners));
}

async function lookBy({via, pods, announce, ssh}: NodeAccesses, session: Session, listeners: Listeners): Promise<Seen> {
	const {onConnection, onProgress, onNotice, before, keepsLeftovers = false} = listeners;
	const [{collectEvidence}, {connectFromHere}] = await Promise.all([
		import('../evidence/collect.ts'),
		import('../connect/connect-from-here.ts'),
	]);
	const {nodes, selector, namespace} = session.scope;
	const {nodeTimeoutMilliseconds, concurrency, connects} = session.reach;
	return withConnection(session, async client => {
		onConnection?.(client);
		let versions: VersionsRead = new Map();
		const evidence = await collectEvidence(client, {
			nodes,
			signal: session.signal,
			version,
			via,
			pods,
			announce,
			...(!keepsLeftovers && {
				onSwept: swept => {
					for (const line of sweptLines(swept)) onNotice(line);
				},
			}),
			ssh: ssh?.setting,
			connects,
			connectFromHere,
			demoNetwork: session.demoNetwork,
			before,
			onVersions(read) {
				versions = read;
			},
			...(nodeTimeoutMilliseconds !== undefined && {nodeTimeoutMilliseconds}),
			...(selector !== undefined && {selector}),
			...(concurrency !== undefined && {concurrency}),
			...(namespace !== undefined && {namespace}),
			...(onProgress !== undefined && {onProgress}),
		});
		return {evidence, versions};
	});
}

async function lookAtFile({scope, signal}: Pick<Session, 'scope' | 'signal'>, file: string): Promise<Evidence> {
	const {nodes, selector, namespace} = scope;
	if (selector !== undefined) {
		throw new UsageError('--selector cannot be used with --from', 'Name the nodes instead: kubectl hostport check NODE… --from FILE');
	}

	const {loadEvidence} = await import('../evidence/evidence-file.ts');
	const evidence = await loadEvidence(file, signal);
	const names = evidence.nodes.map(({name}) => name);
	if (!evidence.gaps.some(({what}) => what === 'nodes')) assertNodes(nodes, names, ` in ${shownFile(file)}`);
	const isNamed = (name: string): boolean => nodes.length === 0 || nodes.includes(name);
	return {
		...evidence,
		gaps: [...evidence.gaps, ...unknownInFile(evidence, scope)],
		nodes: evidence.nodes.filter(node => isNamed(node.name)),
		pods: evidence.pods.filter(pod => isNamed(pod.node) && (namespace === undefined || pod.namespace === namespace)),
	};
}

/** What was named and is not in the file: whether the cluster has it cannot be asked, so nothing of it is well. */
function unknownInFile(evidence: Evidence, {nodes, namespace}: Scope): Evidence['gaps'] {
	const names = evidence.nodes.map(({name}) => name);
	const namespaces = [...new Set([...evidence.pods, ...evidence.services, ...evidence.events].map(each => each.namespace))];
	const gap = (what: string, name: string, known: readonly string[]): Evidence['gaps'][number] => ({
		what: `whether ${what} ${name} exists`,
		reason: 'the saved file does not contain it',
		hint: nearestOf(name, known),
	});
	return [
		...nodes.filter(name => !names.includes(name)).map(name => gap('the node', name, names)),
		...(namespace === undefined || namespaces.includes(namespace) ? [] : [gap('the namespace', namespace, namespaces)]),
	];
}
