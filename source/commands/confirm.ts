import {createInterface} from 'node:readline/promises';
import {ActionableError, exitCode} from '../errors.ts';
import type {CommandContext} from './command.ts';

/**
 * Asks the person to type the cluster's name: yes is typed too easily in the wrong window.
 * @throws ActionableError where something else is typed; nothing was changed then
 */
export async function confirmByName({stdin, stderr, signal}: Asking, name: string): Promise<void> {
	const typed = await answerTo(`\nType the name of the cluster to go on (${name}): `, {stdin, stderr, signal});
	if (typed !== name) throw new ActionableError('another name was typed', 'Nothing was changed.', {exitCode: exitCode.interrupted});
}

/** Asks a question that is answered by y or yes; everything else means no. */
export async function agrees(asking: Asking, question: string): Promise<boolean> {
	return /^y(?:es)?$/iu.test(await answerTo(`\n${question} [y/N] `, asking));
}

type Asking = Pick<CommandContext, 'stdin' | 'stderr' | 'signal'>;

async function answerTo(question: string, {stdin, stderr, signal}: Asking): Promise<string> {
	const asking = createInterface({input: stdin, output: stderr});
	try {
		return (await asking.question(question, {signal})).trim();
	} finally {
		asking.close();
	}
}
