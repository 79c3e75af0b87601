import {sweptLines} from '../access/sweep.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {diagnose} from '../diagnosis/diagnose.ts';
import type {Diagnosis} from '../diagnosis/diagnosis.ts';
import type {CollectProgress} from '../evidence/collect.ts';
import type {Evidence} from '../evidence/evidence.ts';
import {UsageError} from '../errors.ts';
import {nearestOf} from '../near-names.ts';
import {version} from '../version.ts';
import {openConnection} from './connection.ts';
import {connectionFlagsOf, numberFlag, textFlag} from './flag-values.ts';
import type {CommandContext} from './command.ts';
import {withWays, type Ways} from './ways.ts';

export type Look = {readonly evidence: Evidence; readonly diagnosis: Diagnosis};

type Listeners = {
	/** Server and context are known; nobody has answered yet. */
	readonly onConnection?: (client: Pick<ClusterClient, 'server' | 'context'>) => void;
	readonly onProgress?: (progress: CollectProgress) => void;
	/** Told what `--save` has written, and which leftovers were removed, in a line; stderr is otherwise. */
	readonly onNotice?: (says: string) => void;
	/** Leaves what ended runs have left as it is. */
	readonly keepsLeftovers?: boolean;
	/** How nodes are reached, where that was opened before and is used afterwards. */
	readonly ways?: Ways;
};

/** Evidence from the cluster, or from the file that `--from` names; saved where `--save` says so; and what it means. */
export async function look(context: CommandContext, listeners: Listeners = {}): Promise<Look> {
	const from = textFlag(context.flags, 'from');
	const evidence = from === undefined ? await lookAtCluster(context, listeners) : await lookAtFile(context, from);
	const file = textFlag(context.flags, 'save');
	if (file !== undefined) {
		const {save} = await import('./save.ts');
		const saved = await save(context, file, evidence);
		notice(saved, context, listeners);
	}

	return {evidence, diagnosis: diagnose(evidence)};
}

/** Over the line that shows how far it is. */
function notice(says: string, {stderr}: CommandContext, {onNotice}: Listeners): void {
	if (onNotice === undefined) stderr.write(`${stderr.isTTY ? '\r\u001B[K' : ''}${says}\n`);
	else onNotice(says);
}

async function lookAtCluster(context: CommandContext, listeners: Listeners): Promise<Evidence> {
	if (listeners.ways !== undefined) return lookBy(listeners.ways, context, listeners);
	const onQuestion = (open: boolean): void => listeners.onProgress?.({type: 'question', open});
	return withWays(context, {onQuestion}, async ways => lookBy(ways, context, listeners));
}

async function lookBy(ways: Ways, context: CommandContext, listeners: Listeners): Promise<Evidence> {
	const {onConnection, onProgress, keepsLeftovers = false} = listeners;
	const [{collectEvidence}, {connectFromHere}] = await Promise.all([
		import('../evidence/collect.ts'),
		import('../connect/connect-from-here.ts'),
	]);
	const flags = connectionFlagsOf(context.flags);
	const {via, pods, nodeTimeoutMilliseconds, announce, ssh} = ways;
	const client = await openConnection(context);
	onConnection?.(client);
	const {selector, concurrency} = {selector: textFlag(context.flags, 'selector'), concurrency: numberFlag(context.flags, 'concurrency')};
	try {
		return await collectEvidence(client, {
			nodes: context.words,
			signal: context.signal,
			version,
			via,
			pods,
			announce,
			...(!keepsLeftovers && {
				onSwept: swept => {
					for (const line of sweptLines(swept)) notice(line, context, listeners);
				},
			}),
			ssh: ssh?.setting,
			connects: context.flags['connect'] !== false,
			connectFromHere,
			demoNetwork: context.demoNetwork,
			...(nodeTimeoutMilliseconds !== undefined && {nodeTimeoutMilliseconds}),
			...(selector !== undefined && {selector}),
			...(concurrency !== undefined && {concurrency}),
			...(flags.namespace !== undefined && context.flags['all-namespaces'] !== true && {namespace: flags.namespace}),
			...(onProgress !== undefined && {onProgress}),
		});
	} finally {
		await client.close();
	}
}

async function lookAtFile(context: CommandContext, file: string): Promise<Evidence> {
	if (textFlag(context.flags, 'selector') !== undefined) {
		throw new UsageError('--selector does not go with --from', 'Name the nodes instead: kubectl hostport check NODE… --from FILE');
	}

	const {loadEvidence} = await import('../evidence/evidence-file.ts');
	const evidence = await loadEvidence(file, context.signal);
	const isNamed = (name: string): boolean => context.words.length === 0 || context.words.includes(name);
	const namespace = context.flags['all-namespaces'] === true ? undefined : textFlag(context.flags, 'namespace');
	return {
		...evidence,
		gaps: [...evidence.gaps, ...unknownInFile(evidence, context.words, namespace)],
		nodes: evidence.nodes.filter(node => isNamed(node.name)),
		pods: evidence.pods.filter(pod => isNamed(pod.node) && (namespace === undefined || pod.namespace === namespace)),
	};
}

/** What was named and is not in the file: whether the cluster has it cannot be asked, so nothing of it is well. */
function unknownInFile(evidence: Evidence, nodes: readonly string[], namespace: string | undefined): Evidence['gaps'] {
	const names = evidence.nodes.map(({name}) => name);
	const namespaces = [...new Set([...evidence.pods, ...evidence.services, ...evidence.events].map(each => each.namespace))];
	const gap = (what: string, name: string, known: readonly string[]): Evidence['gaps'][number] => ({
		what: `whether ${what} ${name} exists`,
		reason: 'a saved file cannot be asked, and holds nothing of it',
		hint: nearestOf(name, known),
	});
	return [
		...nodes.filter(name => !names.includes(name)).map(name => gap('the node', name, names)),
		...(namespace === undefined || namespaces.includes(namespace) ? [] : [gap('the namespace', namespace, namespaces)]),
	];
}
