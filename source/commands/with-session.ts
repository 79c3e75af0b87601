import type {CommandContext} from '../command-line/command.ts';
import type {ExitCode} from '../errors.ts';
import {printerOf, type OutputValues, type Printer} from '../output/printer.ts';
import type {Dialogue} from '../session/dialogue.ts';
import {look, type Look} from '../session/look.ts';
import type {Opened} from '../session/opened.ts';
import {withTimeLimit} from '../session/time-limit.ts';
import {withAccesses} from '../session/node-accesses.ts';
import {assertCanAsk, dialogueOf} from '../terminal/dialogue.ts';
import {startProgressLine} from '../terminal/progress-line.ts';
import {tellNotice} from '../terminal/tell.ts';
import {sessionOf} from './session-of.ts';
import type {SessionValues} from './shared-options.ts';

/** A session, and a line that shows how far its looks are. */
function begun(values: SessionValues, context: CommandContext): Omit<Opened, 'accesses'> {
	const {show, end} = startProgressLine(context.stderr, context.environment);
	return {
		session: sessionOf(values, context, open => show({type: 'question', open})),
		onProgress: show,
		onNotice: says => tellNotice(context, says),
		onLooked: end,
	};
}

/** A look within `--timeout`, with a line that shows how far it is. @throws as `look`, and ActionableError when the time is over */
export async function lookInTime(values: SessionValues & {readonly timeout: number | undefined}, context: CommandContext): Promise<Look> {
	const {session, onProgress, onNotice, onLooked} = begun(values, context);
	return withTimeLimit(session, values.timeout, async (limited, follow) =>
		look(limited, {
			onNotice,
			onProgress(progress) {
				follow(progress);
				onProgress(progress);
			},
		}),
	).finally(onLooked);
}

/** Opens what a command acts with, and closes it whatever happens. @throws UsageError */
export async function withSession<T>(values: SessionValues, context: CommandContext, act: (opened: Opened) => Promise<T>): Promise<T> {
	const opened = begun(values, context);
	return withAccesses(opened.session, async accesses => act({...opened, accesses})).finally(opened.onLooked);
}

/** How somebody is asked before something is changed: not with `--yes`, and not where nothing is. */
type AskingValues = {readonly yes: boolean; readonly dryRun?: string};

/** The same for a command that changes something: with who is asked before it, and what prints its result. @throws UsageError where nobody can say yes */
export async function withDialogue(
	values: SessionValues & OutputValues & AskingValues,
	context: CommandContext,
	act: (opened: Opened, dialogue: Dialogue, printer: Printer) => Promise<ExitCode>,
): Promise<ExitCode> {
	const {yes, dryRun, output} = values;
	const isUnasked = yes || (dryRun ?? 'none') !== 'none';
	if (!isUnasked) assertCanAsk(context, output, dryRun === undefined ? undefined : '--dry-run=client');
	const printer = await printerOf(values, context);
	return withSession(values, context, async opened => act(opened, dialogueOf(context, isUnasked), printer));
}
