import {createInterface} from 'node:readline';
import {Writable} from 'node:stream';
import {askerBy, type Asker} from '../session/asker.ts';
import type {CommandContext} from '../command-line/command.ts';

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
			// In raw mode the terminal sends no signal for Ctrl-C: it has to reach whoever listens for one. A signal to oneself would end the process on Windows.
			lines.once('SIGINT', () => process.emit('SIGINT', 'SIGINT'));
			signal.addEventListener('abort', () => reject(signal.reason as Error), {once: true});
		});
	} finally {
		lines.close();
		if (!echo) stderr.write('\n');
	}
}
