import {expect, test, vi} from 'vitest';
import type {ConnectFromHere} from '../../source/connect/connect-from-here.ts';
import {clientConnections} from '../../source/evidence/client-connections.ts';

const never = new AbortController().signal;
const targets = Array.from({length: 1000}, (_, index) => ({address: `10.0.${Math.floor(index / 250)}.${(index % 250) + 1}`, port: 8080}));
const answering =
	(error: string): ConnectFromHere =>
	async () => ({ok: error === '', milliseconds: 0, error});

test('this machine asks every hostPort that it is given, a bounded number at once', async () => {
	let running = 0;
	let most = 0;
	let answered = 0;
	const connect: ConnectFromHere = async target => {
		running += 1;
		most = Math.max(most, running);
		await new Promise(resolve => setImmediate(resolve));
		running -= 1;
		answered += 1;
		return {ok: target.address !== '10.0.0.2', milliseconds: 1, error: target.address === '10.0.0.2' ? 'refused' : ''};
	};
	const connections = clientConnections(targets, connect, never);
	await vi.waitFor(() => expect(answered).toBe(1000), {timeout: 20_000});
	const probes = await connections.finish();
	expect(probes).toHaveLength(1000);
	expect(probes?.filter(({answer}) => answer !== 'open')).toEqual([{address: '10.0.0.2', port: 8080, answer: 'refused'}]);
	expect(most).toBeLessThanOrEqual(128);
});

test('where nothing at all answers, it is soon enough', async () => {
	const connections = clientConnections(targets, answering('timed out'), never);
	await new Promise(resolve => setTimeout(resolve, 50));
	expect((await connections.finish())?.length).toBeLessThan(300);
});

test('what is not begun when the nodes have answered is not begun any more', async () => {
	const waiting: Array<() => void> = [];
	const connect: ConnectFromHere = () => new Promise(resolve => waiting.push(() => resolve({ok: true, milliseconds: 1, error: ''})));
	const connections = clientConnections(targets, connect, never);
	await new Promise(resolve => setTimeout(resolve, 20));
	const finished = connections.finish();
	for (const release of waiting.splice(0)) release();
	expect(await finished).toHaveLength(128);
	expect(waiting).toEqual([]);
});

test('what stopped a connection here says nothing of the port', async () => {
	expect(await clientConnections(targets.slice(0, 3), answering('address family not supported'), never).finish()).toBeNull();
});

test('without a way to connect nothing is asked, and an interruption ends it', async () => {
	expect(await clientConnections(targets, undefined, never).finish()).toBeNull();
	expect(await clientConnections(targets, answering(''), AbortSignal.abort()).finish()).toBeNull();
});
