import {printableLine} from '../foreign-text.ts';
import type {StepDoubt} from '../repair/run/doubts.ts';
import type {CommandContext} from '../command-line/command.ts';
import {agrees} from './confirm.ts';

/**
 * Shows what a journal asks for and nothing here vouches for, whole, and asks for each. With `--yes` nobody is asked and nothing of it is
 * done.
 */
export async function askDoubts(
	context: CommandContext,
	isUnasked: boolean,
	doubts: readonly StepDoubt[],
): Promise<{readonly agreed: readonly string[]; readonly left: readonly StepDoubt[]}> {
	const agreed: string[] = [];
	for (const {id, says, shown, question} of doubts) {
		context.stderr.write(`! ${printableLine(says, 2048)}\n`);
		if (isUnasked) continue;
		context.stderr.write(shown);
		if (await agrees(context, question)) agreed.push(id);
	}

	return {agreed, left: doubts.filter(({id}) => !agreed.includes(id))};
}
