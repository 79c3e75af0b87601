import process from 'node:process';
import {createInterface} from 'node:readline/promises';
import {ActionableError, exitCode} from '../errors.ts';
import type {CommandContext} from '../command-line/command.ts';
import {printableLine} from '../foreign-text.ts';
import {hanging} from '../output/hanging.ts';
import type {Offered} from '../session/dialogue.ts';

/**
 * Asks the person to type the cluster's name: yes is typed too easily in the wrong window.
 * @throws ActionableError where something else is typed, or nothing; nothing was changed then
 */
export async function confirmByName({stdin, stderr, signal}: Asking, name: string): Promise<void> {
	const typed = await answerTo(`\nType the name of the cluster to go on (${name}): `, {stdin, stderr, signal});
	if (typed !== name)
		throw new ActionableError('the name does not match', 'Nothing was changed. Run the command again and type the name as it is shown.', {
			exitCode: exitCode.interrupted,
		});
}

/**
 * Asks a question that is answered by y or yes; every other answer means no.
 * @throws ActionableError where none is given: the input ended, or Ctrl-C
 */
export async function agrees(asking: Asking, question: string): Promise<boolean> {
	return /^y(?:es)?$/iu.test(await answerTo(`\n${question} [y/N] `, asking));
}

/**
 * Shows what there is to choose from and asks; Enter alone gives the usual one, which is empty where there is none.
 * @throws ActionableError where no answer is given: the input ended, or Ctrl-C
 */
export async function choose(asking: Asking, {title, rows, what}: Offered, usual: string): Promise<string> {
	const column = Math.max(...rows.map(([word]) => word.length)) + 4;
	const shown = rows.map(([word, says]) => hanging(`  ${word}`.padEnd(column), printableLine(says), asking.stderr.columns)).join('');
	const typed = await answerTo(`\n${title}:\n${shown}${what}${usual === '' ? '' : ` (${usual})`}: `, asking);
	return typed === '' ? usual : typed;
}

type Asking = Pick<CommandContext, 'stdin' | 'stderr' | 'signal'>;

async function answerTo(question: string, {stdin, stderr, signal}: Asking): Promise<string> {
	const asking = createInterface({input: stdin, output: stderr});
	// While it asks, the terminal sends no signal for Ctrl-C: it has to reach whoever listens for one. A signal to oneself would end the process on Windows.
	asking.once('SIGINT', () => process.emit('SIGINT', 'SIGINT'));
	try {
		return (await asking.question(question, {signal})).trim();
	} catch (error) {
		stderr.write('\n');
		signal.throwIfAborted();
		throw new ActionableError('no answer was given', 'Nothing was changed.', {exitCode: exitCode.interrupted, cause: error});
	} finally {
		asking.close();
	}
}
