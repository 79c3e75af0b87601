import {createInterface} from 'node:readline';
import {Writable} from 'node:stream';
import type {SshQuestions} from '../access/ssh/questions.ts';
import {printableLine} from '../foreign-text.ts';
import type {CommandContext} from './command.ts';

/** SSH's questions put to a person, and whether one is open: whoever draws there or counts the time waits meanwhile. */
export type Asker = {readonly questions: Required<SshQuestions>; readonly isAsking: () => boolean};

type Ask = Required<SshQuestions>['askSecret'];

/** SSH's questions by way of one that asks for a line. */
export function askerBy(ask: Ask): Asker {
	let open = 0;
	const counted: Ask = async (prompt, options) => {
		open += 1;
		try {
			return await ask(printableLine(prompt, 400), options);
		} finally {
			open -= 1;
		}
	};
	return {
		isAsking: () => open > 0,
		questions: {
			askSecret: counted,
			async askHostKey({host, keyType, fingerprint, file}, signal) {
				const known = `The host ${host} is not known. Its ${keyType} key has the fingerprint ${fingerprint}.`;
				const answer = await counted(`${known} Trust it from now on, in ${file}? Type yes or no:`, {echo: true, signal});
				return answer?.trim().toLowerCase() === 'yes';
			},
		},
	};
}

/**
 * Asks plainly on stderr; undefined where there is no terminal.
 * @param onQuestion told when one is asked and when it is answered: whoever draws there waits meanwhile
 */
export function terminalAsker(
	{stdin, stderr}: Pick<CommandContext, 'stdin' | 'stderr'>,
	onQuestion: (open: boolean) => void = () => undefined,
): Asker | undefined {
	if (!stdin.isTTY || !stderr.isTTY) return undefined;
	return askerBy(async (prompt, options) => {
		onQuestion(true);
		try {
			stderr.write('\r\u001B[K');
			return await typed(stdin, stderr, prompt, options);
		} finally {
			onQuestion(false);
		}
	});
}

/** A line that a person types; undefined where the input ended. Without echo, nothing of it is shown. */
async function typed(
	stdin: NodeJS.ReadStream,
	stderr: NodeJS.WriteStream,
	prompt: string,
	{echo, signal}: {echo: boolean; signal: AbortSignal},
): Promise<string | undefined> {
	signal.throwIfAborted();
	const output = echo ? stderr : new Writable({write: (_chunk, _encoding, done) => done()});
	// The terminal stops its own echo here, before the question: a quick answer must not be shown either.
	const lines = createInterface({input: stdin, output, terminal: true, historySize: 0});
	if (echo) {
		lines.setPrompt(`${prompt} `);
		lines.prompt();
	} else stderr.write(`${prompt} `);
	try {
		return await new Promise<string | undefined>((resolve, reject) => {
			lines.once('line', resolve);
			lines.once('close', () => resolve(undefined));
			// In raw mode the terminal sends no signal for Ctrl-C: it has to reach whoever listens for one.
			lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
			signal.addEventListener('abort', () => reject(signal.reason as Error), {once: true});
		});
	} finally {
		lines.close();
		if (!echo) stderr.write('\n');
	}
}
