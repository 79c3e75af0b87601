import {randomBytes} from 'node:crypto';
import type {ClusterClient} from '../../cluster/cluster-client.ts';
import {exitCode, UsageError, type ExitCode} from '../../errors.ts';
import type {Evidence} from '../../evidence/evidence.ts';
import {columns} from '../../output/columns.ts';
import {startProgressLine} from '../../terminal/progress-line.ts';
import type {KeptPod} from '../../repair/acts/kept-pods.ts';
import {findLeftovers} from '../../repair/leftovers/find-leftovers.ts';
import {leftoverName, type Leftover, type LeftoverSearch} from '../../repair/leftovers/leftover.ts';
import {removeLeftovers, type Removal} from '../../repair/leftovers/remove-leftovers.ts';
import {abandonedFolders} from '../../temporary-folder.ts';
import {openConnection} from '../../session/connection.ts';
import {look} from '../../session/look.ts';
import {createLost, decideLost} from '../../session/lost-pods.ts';
import {repairTools} from '../../session/repair-tools.ts';
import type {Session} from '../../session/session.ts';
import {toolWays, withWays, type Ways} from '../../session/ways.ts';
import {askDoubts} from '../../terminal/ask-doubts.ts';
import type {CommandContext} from '../../command-line/command.ts';
import {confirmByName} from '../../terminal/confirm.ts';
import type {CleanupValues} from '../cleanup.ts';
import {printActed, printerOf, type Printer} from '../output.ts';
import {sessionOf} from '../session-of.ts';
import {tellNotice} from '../../terminal/tell.ts';

type Asked = CleanupValues & {readonly printer: Printer};

/** Finds what interrupted runs have left, shows it, asks, and removes it. @throws UsageError where nobody can say yes */
export async function cleanUp(typed: CleanupValues, context: CommandContext): Promise<ExitCode> {
	assertCanAsk(typed, context);
	const values = {...typed, printer: await printerOf(typed, context)};
	const progress = startProgressLine(context.stderr, context.environment);
	const session = sessionOf(values, context, open => progress.show({type: 'question', open}));
	return withWays(session, async ways => findAndRemove(values, context, session, progress, ways));
}

async function findAndRemove(
	values: Asked,
	context: CommandContext,
	session: Session,
	progress: ReturnType<typeof startProgressLine>,
	ways: Ways,
): Promise<ExitCode> {
	const isDry = values.dryRun === 'client';
	const onNotice = (says: string): void => tellNotice(context, says);
	// What is left behind is no matter of connections.
	const unconnected: Session = {...session, reach: {...session.reach, connects: false}};
	const {evidence} = await look(unconnected, {onProgress: progress.show, onNotice, ways, keepsLeftovers: true}).finally(progress.end);
	const client = await openConnection(session);
	try {
		const search = await findLeftovers(evidence, {
			client,
			namespaces: [...new Set([evidence.cilium?.namespace, ways.pods.namespace].filter(name => name !== undefined))],
			folders: await abandonedFolders(),
			now: Date.now(),
			signal: context.signal,
		});
		const removable = removableOf(search, values.all);
		if (values.printer.textOf === undefined) show(context, search, new Set(removable), values.printer);
		// Between deleting and creating a pod, a run that is at work has it nowhere but in its Secret: it brings it back itself.
		const isAtWork = search.found.some(({kind, removal}) => kind === 'lock' && removal === 'never');
		const lost = isDry || isAtWork ? [] : (search.lost ?? []);
		const {own, agreed, left} = await decideLost(
			evidence.cilium?.namespace ?? '',
			lost,
			{isUnasked: values.yes, askDoubts: async doubts => askDoubts(context, values.yes, doubts)},
			context.environment,
		);
		const toCreate = [...own, ...agreed];
		const kept = secretsOf(search, isAtWork ? (search.lost ?? []) : left);
		const wanted = new Set([...removable.filter(leftover => !kept.includes(leftover)), ...secretsOf(search, toCreate)]);
		if (!isDry && wanted.size > 0 && !values.yes) await confirmByName(context, client.context ?? client.server);
		const created = await createLost(client, toCreate, line => void context.stderr.write(`${line}\n`), context.signal);
		for (const secret of secretsOf(
			search,
			toCreate.filter(pod => !created.includes(pod)),
		))
			wanted.delete(secret);
		const removals = isDry || wanted.size === 0 ? [] : await remove(session, client, {evidence, ways}, [...wanted]);
		if (removals.length > 0) context.stderr.write(`${removals.filter(({error}) => error === '').length} of ${removals.length} removed\n`);
		printActed(values.printer, leftoverList(search, removals), context);
		for (const {error} of removals.filter(each => each.error !== '')) context.stderr.write(`${error}\n`);
		if (left.length > 0) return exitCode.rollbackFailed;
		return created.length < toCreate.length ? exitCode.incomplete : outcome(search, removals);
	} finally {
		await client.close();
	}
}

function removableOf({found}: LeftoverSearch, isAll: boolean): readonly Leftover[] {
	return found.filter(({removal}) => removal === 'plain' || (removal === 'asked' && isAll));
}

const secretsOf = ({found}: LeftoverSearch, pods: readonly KeptPod[]): readonly Leftover[] =>
	found.filter(({kind, name}) => kind === 'secret' && pods.some(({secret}) => secret === name));

async function remove(
	session: Session,
	client: ClusterClient,
	{evidence, ways}: {readonly evidence: Evidence; readonly ways: Ways},
	leftovers: readonly Leftover[],
): Promise<Removal[]> {
	const tools = repairTools({
		...toolWays(ways),
		client,
		evidence,
		run: randomBytes(5).toString('hex'),
		sources: [],
		environment: session.environment,
		clock: session.clock,
		signal: session.signal,
	});
	const setting = {
		client,
		openWriter: tools.openWriter.bind(tools),
		ciliumVersion: evidence.cilium?.version ?? '',
		signal: session.signal,
		concurrency: session.reach.concurrency ?? 16,
	};
	return removeLeftovers(leftovers, setting);
}

function outcome({found, unseen}: LeftoverSearch, removals: readonly Removal[]): ExitCode {
	const gone = new Set(removals.filter(({error}) => error === '').map(({leftover}) => leftover));
	if (unseen.length > 0 || gone.size < removals.length) return exitCode.incomplete;
	return found.every(leftover => gone.has(leftover)) ? exitCode.well : exitCode.faults;
}

function show({stdout, stderr}: CommandContext, search: LeftoverSearch, removable: ReadonlySet<Leftover>, {sorted, layout}: Printer): void {
	const {items: found} = sorted({items: search.found});
	const rows = found.map(leftover => [
		leftoverName(leftover),
		leftover.node || '-',
		removable.has(leftover) ? 'yes' : leftover.removal === 'never' ? 'no, it is in use' : 'only with --all',
		leftover.says,
	]);
	stdout.write(
		found.length === 0
			? 'Nothing was left behind.\n'
			: columns([...(layout.headers ? [['LEFT', 'NODE', 'REMOVED', 'WHAT']] : []), ...rows]),
	);
	for (const line of search.unseen) stderr.write(`could not look everywhere: ${line}\n`);
}

function leftoverList({found, unseen}: LeftoverSearch, removals: readonly Removal[]): object {
	const removed = new Map(removals.map(({leftover, error}) => [leftover, error]));
	const items = found.map(leftover => {
		const error = removed.get(leftover);
		return {...leftover, state: error === undefined ? 'left' : error === '' ? 'removed' : 'failed', error: error ?? ''};
	});
	return {apiVersion: 'hostport.dev/v1', kind: 'LeftoverList', items, unseen};
}

/** @throws UsageError where nobody can say yes */
function assertCanAsk({yes, dryRun, output}: CleanupValues, {stdin, stderr, environment}: CommandContext): void {
	if (yes || dryRun === 'client') return;
	if (!stdin.isTTY || !stderr.isTTY || environment['CI'])
		throw new UsageError('there is no terminal to ask in', 'Give --yes, or look first with --dry-run=client.');
	if (typeof output !== 'string')
		throw new UsageError(`-o ${output.objectForm} needs --yes or --dry-run=client`, 'Nothing is asked where a program reads.');
}
