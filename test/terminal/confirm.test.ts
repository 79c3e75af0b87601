import process from 'node:process';
import {PassThrough} from 'node:stream';
import {expect, test} from 'vitest';
import {agrees, confirmByName} from '../../source/terminal/confirm.ts';
import {exitCode} from '../../source/errors.ts';

type Asking = Parameters<typeof agrees>[0];

/** A terminal: keys arrive as they are typed, and what is asked can be read. */
function terminal(signal = new AbortController().signal): {asking: Asking; type: (keys: string) => void; said: () => string} {
	const stdin = Object.assign(new PassThrough(), {isTTY: true});
	const stderr = Object.assign(new PassThrough(), {isTTY: true, columns: 80, rows: 24});
	let said = '';
	stderr.on('data', (part: Buffer) => (said += part.toString()));
	return {asking: {stdin, stderr, signal} as unknown as Asking, type: keys => stdin.write(keys), said: () => said};
}

test('only the whole name is taken for yes', async () => {
	const right = terminal();
	const confirmed = confirmByName(right.asking, 'prod');
	right.type('prod\r');
	await confirmed;
	expect(right.said()).toContain('Type the name of the cluster to go on (prod): ');
	const wrong = terminal();
	const refused = confirmByName(wrong.asking, 'prod');
	wrong.type('pro\r');
	await expect(refused).rejects.toMatchObject({message: 'the name does not match', exitCode: exitCode.interrupted});
});

test('y means yes, and any other answer no', async () => {
	for (const [keys, meant] of [
		['y\r', true],
		['YES\r', true],
		['\r', false],
		['n\r', false],
		['yet\r', false],
		['only\r', false],
		[' y \r', true],
	] as const) {
		const {asking, type} = terminal();
		const answer = agrees(asking, 'Too?');
		type(keys);
		expect(await answer, keys).toBe(meant);
	}
});

test('Ctrl-D gives no answer, which is said and is no fault of ours', async () => {
	const {asking, type, said} = terminal();
	const answer = agrees(asking, 'Too?');
	type('\u0004');
	await expect(answer).rejects.toMatchObject({
		message: 'no answer was given',
		hint: 'Nothing was changed.',
		exitCode: exitCode.interrupted,
	});
	expect(said().endsWith('\n')).toBe(true);
});

test('Ctrl-C at a question reaches whoever listens for the signal', async () => {
	const stop = new AbortController();
	const onSignal = (): void => stop.abort(new Error('interrupted (SIGINT)'));
	process.once('SIGINT', onSignal);
	try {
		const {asking, type} = terminal(stop.signal);
		const answer = confirmByName(asking, 'prod');
		type('\u0003');
		await expect(answer).rejects.toThrow('interrupted (SIGINT)');
	} finally {
		process.off('SIGINT', onSignal);
	}
});
