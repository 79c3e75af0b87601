import type {CommandContext} from '../command-line/command.ts';
import {ActionableError} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import {causeText} from '../output/finding-text.ts';
import {hanging} from '../output/hanging.ts';
import {binaryText, planText, refusalText} from '../output/plan.ts';
import {printActed, type Printer} from '../output/printer.ts';
import type {RunEnd} from '../repair/run/runner.ts';
import type {FixShows} from '../session/fix-cluster.ts';
import type {RollbackShows} from '../session/roll-back.ts';
import {listed} from '../words.ts';
import {runLines} from './run-lines.ts';

const mostNamed = 5;

const columnsOf = ({isTTY, columns}: CommandContext['stderr']): number | undefined => (isTTY ? columns : undefined);

/** A repair at a plain terminal, or as the object that was asked for. @param isDry the plan is the object then */
export function showFix(context: CommandContext, printer: Printer, isDry: boolean): FixShows {
	const {stdout, stderr} = context;
	const isObject = printer.textOf !== undefined;
	const widthOnStderr = columnsOf(stderr);
	return {
		...showRun(context, printer),
		cause: finding => void stdout.write(causeText(finding, printer.layout)),
		refusal(plan) {
			printActed(printer, plan, context);
			stderr.write(refusalText(plan, widthOnStderr));
		},
		nothing(run, lines) {
			if (!printActed(printer, run, context)) for (const line of lines) stdout.write(`${line}\n`);
		},
		plan(ahead, resumed) {
			if (resumed !== undefined)
				stderr.write(
					`${printableLine(`${isDry ? 'Would resume' : 'Resuming'} run ${resumed.id}, started ${resumed.startedAt} by ${resumed.by}.`)}\n`,
				);
			if (isObject && isDry) printActed(printer, ahead, context);
			else (isObject ? stderr : stdout).write(planText(ahead, isObject ? {colour: false, width: widthOnStderr} : printer.layout));
		},
		binary: loaded => void stderr.write(binaryText(loaded, widthOnStderr)),
	};
}

/** The undoing of a run at a plain terminal, its result as the object that was asked for. */
export function showRollback(context: CommandContext, printer: Printer): RollbackShows {
	const {stderr} = context;
	return {
		...showRun(context, printer),
		// Whoever may write a ConfigMap beside Cilium may have written these words.
		run({id, startedAt, by, outcome}) {
			stderr.write(`${printableLine(`Run ${id}, started ${startedAt} by ${by} (${outcome}). Steps to undo, in this order:`)}\n`);
		},
		steps(steps) {
			for (const {title, undo} of steps) stderr.write(hanging('  ', printableLine(`${title}: ${undo}`, 2048), columnsOf(stderr)));
		},
		wired: names =>
			void stderr.write(
				`Created since then and still mapped by portmap: ${listed(names, mostNamed)}. They answer until they are deleted; kubectl hostport check then names their stale rules (HP07).\n`,
			),
	};
}

function showRun(context: CommandContext, printer: Printer): Pick<FixShows, 'onEvent' | 'onLastEvent' | 'end'> {
	const lines = runLines(context.stderr, context.environment);
	return {
		onEvent: lines.show,
		onLastEvent: lines.end,
		end(run, end, conclusion) {
			printActed(printer, run, context);
			tellEnd(context, end, conclusion);
		},
	};
}

/** A line of a list, or a line, broken at words in a terminal. */
function fitted(line: string, stderr: CommandContext['stderr']): string {
	const lead = line.startsWith('- ') ? '- ' : '';
	return hanging(lead, line.slice(lead.length), columnsOf(stderr));
}

/** Says how a run ended: why it did before its end, then lines of what came of it. @throws what is no trouble that we know */
export function tellEnd({stderr}: Pick<CommandContext, 'stderr'>, {outcome, error}: RunEnd, lines: readonly string[]): void {
	if (error instanceof ActionableError) stderr.write(`${error.message}\n${error.hint}\n`);
	else if (error !== undefined && outcome !== 'interrupted') throw error;
	for (const line of lines) stderr.write(fitted(line, stderr));
}
