import {expect, test, vi} from 'vitest';
import type {NodeEvidence} from '../../source/evidence/evidence.ts';
import {ActionableError} from '../../source/errors.ts';
import {announcer} from '../../source/terminal/announcer.ts';
import {askDoubts} from '../../source/terminal/ask-doubts.ts';
import {startProgressLine} from '../../source/terminal/progress-line.ts';
import {tellEnd} from '../../source/terminal/show-repair.ts';
import {tellGaps, tellNotice} from '../../source/terminal/tell.ts';
import {canDrawOn} from '../../source/terminal/terminal.ts';
import type {CommandContext} from '../../source/command-line/command.ts';
import {PassThrough} from 'node:stream';

const over = '\r\u001B[K';

/** Standard error that keeps what is written to it. */
function stream(isTTY = false, columns = 80) {
	const written: string[] = [];
	return {written, stderr: {isTTY, columns, write: (text: string) => written.push(text) > 0} as unknown as NodeJS.WriteStream};
}

test('a notice stands over the line that shows how far it is, where there is one', () => {
	const [pipe, terminal] = [stream(), stream(true)];
	tellNotice(pipe, 'saved');
	tellNotice(terminal, 'saved');
	expect([pipe.written, terminal.written]).toEqual([['saved\n'], [`${over}saved\n`]]);
});

test('each gap is told with why and what to do', () => {
	const {written, stderr} = stream();
	tellGaps({stderr}, {gaps: [{what: 'nodes', reason: 'forbidden', hint: 'Grant list nodes'}]});
	expect(written).toEqual(['could not read nodes: forbidden. Grant list nodes\n']);
});

test('an end is told with its cause and its hint, then with what came of it; what is no known trouble is thrown on', () => {
	const end = (outcome: 'failed' | 'interrupted' | 'done', error?: unknown): string[] => {
		const {written, stderr} = stream();
		tellEnd({stderr}, {outcome, error}, ['Run 1 stopped.']);
		return written;
	};
	expect(end('failed', new ActionableError('the disk is full', 'Make room.'))).toEqual([
		'the disk is full\nMake room.\n',
		'Run 1 stopped.\n',
	]);
	expect(end('done')).toEqual(['Run 1 stopped.\n']);
	expect(end('interrupted', new Error('SIGINT'))).toEqual(['Run 1 stopped.\n']);
	const unknown = new TypeError('x is undefined');
	expect(() => end('failed', unknown)).toThrow(unknown);
});

test.each([
	['two terminals', {}, {}, true],
	['a pipe in', {stdin: {isTTY: false}}, {}, false],
	['a pipe out', {stdout: {isTTY: false}}, {}, false],
	['CI', {}, {CI: 'true'}, false],
	['CI that says no', {}, {CI: 'false'}, true],
	['CI that is empty', {}, {CI: ''}, true],
	['a terminal that cannot move its cursor', {}, {TERM: 'dumb'}, false],
])('the terminal UI is drawn on %s: %s', (_, streams, environment, can) => {
	const context = {stdin: {isTTY: true}, stdout: {isTTY: true}, environment, ...streams} as unknown as CommandContext;
	expect(canDrawOn(context)).toBe(can);
});

const pod = {metadata: {namespace: 'kube-system', name: 'hostport-1'}, spec: {nodeName: 'node-1'}};

test('a pod that may do more than read is shown whole before it is made, the next of its kind in a line; others only with -v', async () => {
	const shown = async (verbosity: number, ...powers: ReadonlyArray<Parameters<ReturnType<typeof announcer>>[1]>): Promise<string[]> => {
		const {written, stderr} = stream();
		const announce = announcer(stderr, verbosity);
		for (const each of powers) await announce(pod, each);
		return written;
	};
	const [first = '', second = '', third = ''] = await shown(0, ['write'], ['write'], ['write', 'host']);
	expect(first).toMatch(/^# this temporary pod is created\nmetadata:\n {2}namespace: kube-system\n[^]*---\n$/u);
	expect(second).toMatch(/^# and the same .*hostport-1.*\n$/u);
	expect(third).toBe(first);
	expect(await shown(0, [])).toEqual([]);
	expect(await shown(1, [], [])).toEqual([first, first]);
	const {written, stderr} = stream(true);
	await announcer(stderr, 0)(pod, ['write']);
	expect(written).toEqual([`${over}${first}`]);
});

const doubt = (id: string) => ({
	id,
	step: `step-${id}`,
	about: `default/${id}`,
	says: `nobody vouches for ${id}`,
	shown: `kind: Pod # ${id}\n`,
	question: 'Create it?',
});

test('doubts are shown whole and asked one by one; without anybody to ask each is named and left', async () => {
	const asking = async (isUnasked: boolean, answers: readonly string[]) => {
		const {written, stderr} = stream();
		const stdin = new PassThrough();
		const context = {stdin, stderr: Object.assign(stderr, {on() {}, once() {}, removeListener() {}}), signal: new AbortController().signal};
		const asked = askDoubts(context as unknown as CommandContext, isUnasked, [doubt('a'), doubt('b')]);
		for (const answer of answers) {
			await new Promise(setImmediate);
			stdin.write(`${answer}\n`);
			await new Promise(setImmediate);
		}

		const {agreed, left} = await asked;
		return {agreed, left: left.map(({id}) => id), text: written.join('')};
	};
	expect(await asking(true, [])).toEqual({agreed: [], left: ['a', 'b'], text: '! nobody vouches for a\n! nobody vouches for b\n'});
	const {agreed, left, text} = await asking(false, ['n', 'y']);
	expect([agreed, left]).toEqual([['b'], ['a']]);
	expect(text).toContain('! nobody vouches for a\nkind: Pod # a\n');
});

test('how far a look is stands on one line of a terminal, cut to its width, and leaves it at a question and at the end', () => {
	vi.useFakeTimers();
	try {
		const {written, stderr} = stream(true, 24);
		const {show, end} = startProgressLine(stderr, {});
		const drawn = (): string[] => {
			written.length = 0;
			vi.advanceTimersByTime(1000);
			return [...new Set(written)];
		};
		expect(written).toEqual([`${over}connecting · 0 s`]);
		show({type: 'phase', text: 'looking'});
		expect(drawn()).toContain(`${over}looking · 1 s`);
		show({type: 'node', node: {} as NodeEvidence, done: 2, total: 30});
		expect(drawn().at(-1)).toBe(`${over}asked 2 of 30 nodes · 2`);
		show({type: 'question', open: true});
		expect(drawn()).toEqual([]);
		show({type: 'question', open: false});
		expect(drawn()).not.toEqual([]);
		written.length = 0;
		end();
		expect(written).toEqual([over]);
		expect(drawn()).toEqual([]);
		for (const [own, environment] of [
			[stream(), {}],
			[stream(true), {TERM: 'dumb'}],
		] as const) {
			startProgressLine(own.stderr, environment).end();
			expect(own.written).toEqual([]);
		}
	} finally {
		vi.useRealTimers();
	}
});
