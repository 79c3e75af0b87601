import {PassThrough} from 'node:stream';
import {expect, test, vi} from 'vitest';
import {terminalAsker} from '../../source/terminal/terminal-asker.ts';

/** A terminal: keys arrive as they are typed, and what is asked can be read. */
function terminal() {
	const stdin = Object.assign(new PassThrough(), {isTTY: true, setRawMode() {}});
	const stderr = Object.assign(new PassThrough(), {isTTY: true, columns: 80, rows: 24});
	let said = '';
	stderr.on('data', (part: Buffer) => (said += part.toString()));
	const open: boolean[] = [];
	const streams = {stdin, stderr} as unknown as Parameters<typeof terminalAsker>[0];
	const asker = terminalAsker(streams, isOpen => open.push(isOpen));
	if (asker === undefined) throw new Error('there is a terminal');
	return {asker, streams, open, type: (keys: string) => stdin.write(keys), end: () => stdin.end(), said: () => said};
}

const signal = new AbortController().signal;

test('nobody is asked where there is no terminal to ask in', () => {
	const {streams} = terminal();
	const pipe = Object.assign(new PassThrough(), {isTTY: false}) as never;
	expect(terminalAsker({...streams, stdin: pipe})).toBeUndefined();
	expect(terminalAsker({...streams, stderr: pipe})).toBeUndefined();
	expect(terminalAsker(streams)).toBeDefined();
});

test('a secret is asked for over the line that shows how far it is, and nothing of it is shown', async () => {
	const {asker, open, type, said} = terminal();
	const answer = asker.questions.askSecret('Passphrase:', {echo: false, signal});
	expect(open).toEqual([true]);
	type('s3cret\r');
	expect(await answer).toBe('s3cret');
	await vi.waitFor(() => expect(said()).toBe('\r\u001B[KPassphrase: \n'));
	expect(open).toEqual([true, false]);
});

test('an answer that is no secret is shown as it is typed, its question before it', async () => {
	const {asker, type, said} = terminal();
	const answer = asker.questions.askSecret('Name:', {echo: true, signal});
	type('ann\r');
	expect(await answer).toBe('ann');
	await vi.waitFor(() => expect(said()).toContain('Name: '));
	expect(said()).toContain('ann');
});

test('an input that ends is no answer; who is stopped before or meanwhile is not asked on', async () => {
	const {asker, end} = terminal();
	const answer = asker.questions.askSecret('Passphrase:', {echo: false, signal});
	end();
	expect(await answer).toBeUndefined();
	const stop = new AbortController();
	const other = terminal();
	const asked = other.asker.questions.askSecret('Passphrase:', {echo: false, signal: stop.signal});
	const reason = new Error('Ctrl-C');
	stop.abort(reason);
	await expect(asked).rejects.toBe(reason);
	expect(other.open).toEqual([true, false]);
	await expect(other.asker.questions.askSecret('Passphrase:', {echo: false, signal: stop.signal})).rejects.toBe(reason);
	await vi.waitFor(() => expect(other.said().split('Passphrase').length).toBe(2));
});
