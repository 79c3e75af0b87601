import type {CommandContext} from '../command-line/command.ts';
import type {ObjectOutput} from '../command-line/output-option.ts';
import {UsageError} from '../errors.ts';
import type {Dialogue} from '../session/dialogue.ts';
import {askDoubts} from './ask-doubts.ts';
import {agrees, choose, confirmByName} from './confirm.ts';
import {isCi} from './terminal.ts';

/** The person at a plain terminal, who is asked and told on stderr. */
export function dialogueOf(context: CommandContext, isUnasked: boolean): Dialogue {
	return {
		isUnasked,
		askDoubts: async doubts => askDoubts(context, isUnasked, doubts),
		agrees: async question => agrees(context, question),
		choose: async (offered, usual) => choose(context, offered, usual),
		confirm: async cluster => (isUnasked ? undefined : confirmByName(context, cluster)),
		say: line => void context.stderr.write(`${line}\n`),
	};
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
	const isAlone = isCi(environment);
	if (isAlone || !stdin.isTTY || !stdout.isTTY || !stderr.isTTY)
		throw new UsageError(
			isAlone ? 'CI is set in the environment, so nobody is asked' : 'no terminal to ask in',
			look === undefined ? 'Give --yes.' : `Give --yes, or preview with ${look}.`,
		);
	if (typeof output !== 'string')
		throw new UsageError(
			`-o ${output.objectForm} needs --yes${look === undefined ? '' : ` or ${look}`}`,
			'Add one of them: this output cannot ask questions.',
		);
}
