import {createInterface} from 'node:readline/promises';
import {ActionableError, exitCode} from '../errors.ts';
import type {CommandContext} from './command.ts';

/**
 * Asks the person to type the cluster's name: yes is typed too easily in the wrong window.
 * @throws ActionableError where something else is typed; nothing was changed then
 */
export async function confirmByName(
	{stdin, stderr, signal}: Pick<CommandContext, 'stdin' | 'stderr' | 'signal'>,
	name: string,
): Promise<void> {
	const asking = createInterface({input: stdin, output: stderr});
	try {
		const typed = await asking.question(`\nType the name of the cluster to go on (${name}): `, {signal});
		if (typed.trim() !== name)
			throw new ActionableError('another name was typed', 'Nothing was changed.', {exitCode: exitCode.interrupted});
	} finally {
		asking.close();
	}
}
