import type {CommandContext} from '../command-line/command.ts';
import {leftoverTable} from '../output/leftover-table.ts';
import {printActed, type Printer} from '../output/printer.ts';
import {leftoverList, type CleanupShows} from '../session/cleanup.ts';

/** What interrupted runs have left, at a plain terminal or as the object that was asked for. */
export function showLeftovers(context: CommandContext, printer: Printer): CleanupShows {
	const {stdout, stderr} = context;
	return {
		found(found, unseen) {
			if (printer.textOf !== undefined) return;
			stdout.write(leftoverTable(printer.sorted({items: found}).items, printer.layout.headers));
			for (const line of unseen) stderr.write(`could not read everything: ${line}\n`);
		},
		removed(search, removals) {
			const failed = removals.filter(({error}) => error !== '');
			if (removals.length > 0) stderr.write(`${removals.length - failed.length} of ${removals.length} removed\n`);
			printActed(printer, leftoverList(search, removals), context);
			for (const {error} of failed) stderr.write(`${error}\n`);
		},
	};
}
