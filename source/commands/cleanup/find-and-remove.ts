import type {CommandContext} from '../../command-line/command.ts';
import type {ExitCode} from '../../errors.ts';
import {columns} from '../../output/columns.ts';
import {leftoverName, type Leftover, type LeftoverSearch} from '../../repair/leftovers/leftover.ts';
import {leftoverList, lookForLeftovers, removableOf, removeFound, searchLeftovers} from '../../session/cleanup.ts';
import {withConnection} from '../../session/connection.ts';
import {askDoubts} from '../../terminal/ask-doubts.ts';
import {confirmByName} from '../../terminal/confirm.ts';
import type {CleanupValues} from '../cleanup.ts';
import {printActed, printerOf, type Printer} from '../../output/printer.ts';
import {assertCanAsk, withSession, type Opened} from '../with-session.ts';

/** Finds what interrupted runs have left, shows it, asks, and removes it. @throws UsageError where nobody can say yes */
export async function cleanUp(values: CleanupValues, context: CommandContext): Promise<ExitCode> {
	if (!values.yes && values.dryRun === 'none') assertCanAsk(context, values.output, '--dry-run=client');
	const printer = await printerOf(values, context);
	return withSession(values, context, async opened => findAndRemove({...values, printer}, context, opened));
}

type Asked = CleanupValues & {readonly printer: Printer};

async function findAndRemove(
	{yes, all, dryRun, printer}: Asked,
	context: CommandContext,
	{session, ways, progress, onNotice}: Opened,
): Promise<ExitCode> {
	const {stderr} = context;
	const evidence = await lookForLeftovers(session, ways, {onProgress: progress.show, onNotice}).finally(progress.end);
	return withConnection(session, async client => {
		const littered = {session, client, ways, evidence};
		const search = await searchLeftovers(littered);
		const removable = removableOf(search, all);
		if (printer.textOf === undefined) show(context, search, new Set(removable), printer);
		const {removals, code} = await removeFound(littered, search, removable, {
			isDry: dryRun === 'client',
			isUnasked: yes,
			askDoubts: async doubts => askDoubts(context, yes, doubts),
			confirm: async () => (yes ? undefined : confirmByName(context, client.context ?? client.server)),
			say: line => void stderr.write(`${line}\n`),
		});
		const failed = removals.filter(({error}) => error !== '');
		if (removals.length > 0) stderr.write(`${removals.length - failed.length} of ${removals.length} removed\n`);
		printActed(printer, leftoverList(search, removals), context);
		for (const {error} of failed) stderr.write(`${error}\n`);
		return code;
	});
}

function show({stdout, stderr}: CommandContext, search: LeftoverSearch, removable: ReadonlySet<Leftover>, {sorted, layout}: Printer): void {
	const {items: found} = sorted({items: search.found});
	const rows = found.map(leftover => [
		leftoverName(leftover),
		leftover.node || '-',
		removable.has(leftover) ? 'yes' : leftover.removal === 'never' ? 'no, in use' : 'only with --all',
		leftover.says,
	]);
	const table = columns([...(layout.headers ? [['LEFTOVER', 'NODE', 'REMOVED', 'WHAT']] : []), ...rows]);
	stdout.write(found.length === 0 ? 'No leftovers.\n' : table);
	for (const line of search.unseen) stderr.write(`could not read everything: ${line}\n`);
}
