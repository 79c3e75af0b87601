import process from 'node:process';
import {afterEach, expect, test, vi} from 'vitest';
import {listenForInterruption, type Interruption} from '../source/interruption.ts';

let listening: Interruption | undefined;

afterEach(() => {
	listening?.dispose();
	vi.useRealTimers();
	vi.restoreAllMocks();
});

/** What is said after these signals, each with the time before it in ms, and how the process would end. */
function after(...signals: ReadonlyArray<readonly [ms: number, name: NodeJS.Signals | undefined]>) {
	vi.useFakeTimers();
	let said = '';
	vi.spyOn(process.stderr, 'write').mockImplementation(text => ((said += String(text)), true));
	const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
	const known = {HUP: process.listeners('SIGHUP'), beforeExit: process.listeners('beforeExit')};
	listening = listenForInterruption();
	for (const each of process.listeners('beforeExit')) if (!known.beforeExit.includes(each)) process.off('beforeExit', each);
	for (const each of process.listeners('SIGHUP')) if (!known.HUP.includes(each)) process.off('SIGHUP', each);
	for (const [ms, name] of signals) {
		vi.advanceTimersByTime(ms);
		if (name !== undefined) process.emit(name, name);
	}

	return {said, signal: listening.signal, exits: exit.mock.calls.map(([code]) => code)};
}

test('the first Ctrl-C only aborts, and says nothing where the end comes at once', () => {
	const {said, signal, exits} = after([0, 'SIGINT'], [900, undefined]);
	expect(signal.reason).toMatchObject({
		message: 'interrupted (SIGINT)',
		exitCode: 130,
		hint: expect.stringContaining('kubectl get pods -A -l'),
	});
	expect([said, exits]).toEqual(['', []]);
});

test('where the safe point is far, it says what it waits for and what a second Ctrl-C does; not after SIGTERM', () => {
	expect(after([0, 'SIGINT'], [1100, undefined]).said).toBe('\nStopping at a safe point. Ctrl-C again stops at once.\n');
	listening?.dispose();
	expect(after([0, 'SIGTERM'], [1100, undefined]).said).toBe('');
});

test('the second one stops at once, and names what finds all that is left', () => {
	const {said, exits} = after([0, 'SIGINT'], [10, 'SIGINT']);
	expect(said).toBe('\nStopped at once. To find and remove what is left on the cluster: kubectl hostport cleanup\n');
	expect(exits).toEqual([130]);
});

test('once disposed of, it says nothing more', () => {
	vi.useFakeTimers();
	const {signal} = after([0, 'SIGINT']);
	listening?.dispose();
	const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
	write.mockClear();
	vi.advanceTimersByTime(2000);
	expect(signal.aborted).toBe(true);
	expect(write).not.toHaveBeenCalled();
});
