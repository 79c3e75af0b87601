import type {CommandContext} from '../command-line/command.ts';
import {startProgressLine} from '../terminal/progress-line.ts';
import {look, type Look} from '../session/look.ts';
import {withTimeLimit} from '../session/time-limit.ts';
import {sessionOf} from './session-of.ts';
import type {SessionValues} from './shared-options.ts';
import {tellNotice} from '../terminal/tell.ts';

/** A look within `--timeout`, with a line that shows how far it is. @throws as `look`, and ActionableError when the time is over */
export async function lookInTime(options: SessionValues & {readonly timeout: number | undefined}, context: CommandContext): Promise<Look> {
	const {show, end} = startProgressLine(context.stderr, context.environment);
	const session = sessionOf(options, context, open => show({type: 'question', open}));
	return withTimeLimit(session, options.timeout, async (limited, follow) =>
		look(limited, {
			onNotice: says => tellNotice(context, says),
			onProgress(progress) {
				follow(progress);
				show(progress);
			},
		}),
	).finally(end);
}
