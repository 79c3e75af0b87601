import type {CommandContext} from '../command-line/command.ts';
import type {ObjectOutput} from '../command-line/output-option.ts';
import {UsageError} from '../errors.ts';
import type {Session} from '../session/session.ts';
import {withAccesses, type NodeAccesses} from '../session/ways.ts';
import {startProgressLine} from '../terminal/progress-line.ts';
import {tellNotice} from '../terminal/tell.ts';
import {sessionOf} from './session-of.ts';
import type {SessionValues} from './shared-options.ts';

/** What a command acts with, from its first look to its last act. */
export type Opened = {
	readonly session: Session;
	readonly ways: NodeAccesses;
	/** One line that shows how far a look is. */
	readonly progress: ReturnType<typeof startProgressLine>;
	/** Takes a line for stderr, over that one. */
	readonly onNotice: (says: string) => void;
};

/** Opens what a command acts with, and closes it whatever happens. @throws UsageError */
export async function withSession<T>(values: SessionValues, context: CommandContext, act: (opened: Opened) => Promise<T>): Promise<T> {
	const progress = startProgressLine(context.stderr, context.environment);
	const session = sessionOf(values, context, open => progress.show({type: 'question', open}));
	const onNotice = (says: string): void => tellNotice(context, says);
	return withAccesses(session, async ways => act({session, ways, progress, onNotice})).finally(progress.end);
}

/**
 * A command that changes something asks a person, who has to see what is asked and shown.
 * @param look what shows everything and asks nothing
 * @throws UsageError where nobody can say yes
 */
export function assertCanAsk(
	{stdin, stdout, stderr, environment}: Pick<CommandContext, 'stdin' | 'stdout' | 'stderr' | 'environment'>,
	output: string | ObjectOutput,
	look?: '--dry-run=client',
): void {
	if (!stdin.isTTY || !stdout.isTTY || !stderr.isTTY || environment['CI'])
		throw new UsageError('no terminal to ask in', `Give --yes${look === undefined ? '' : `, or preview with ${look}`}.`);
	if (typeof output !== 'string')
		throw new UsageError(
			`-o ${output.objectForm} needs --yes${look === undefined ? '' : ` or ${look}`}`,
			'Add one of them: this output cannot ask questions.',
		);
}
