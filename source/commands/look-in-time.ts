import {parseDuration} from '../cluster/duration.ts';
import {startProgressLine} from '../output/progress-line.ts';
import {look, type Look} from '../session/look.ts';
import {withTimeLimit} from '../session/time-limit.ts';
import type {CommandContext} from './command.ts';
import {textFlag} from './flag-values.ts';
import {sessionOf} from './session-of.ts';
import {tellNotice} from './tell.ts';

/** `--timeout` in milliseconds; undefined where it was not given. @throws UsageError for what is no duration */
export function timeoutOf({flags}: Pick<CommandContext, 'flags'>): number | undefined {
	const wanted = textFlag(flags, 'timeout');
	return wanted === undefined ? undefined : parseDuration(wanted, '--timeout');
}

/** A look within `--timeout`, with a line that shows how far it is. @throws as `look`, and ActionableError when the time is over */
export async function lookInTime(context: CommandContext): Promise<Look> {
	const {show, end} = startProgressLine(context.stderr, context.environment);
	const session = sessionOf(context, open => show({type: 'question', open}));
	return withTimeLimit(session, timeoutOf(context), async (limited, follow) =>
		look(limited, {
			onNotice: says => tellNotice(context, says),
			onProgress(progress) {
				follow(progress);
				show(progress);
			},
		}),
	).finally(end);
}
