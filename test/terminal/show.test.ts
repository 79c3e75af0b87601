import {PassThrough} from 'node:stream';
import {describe, expect, it, test} from 'vitest';
import type {CommandContext} from '../../source/command-line/command.ts';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {ActionableError} from '../../source/errors.ts';
import type {Printer} from '../../source/output/printer.ts';
import type {Journal} from '../../source/repair/journal.ts';
import type {Leftover} from '../../source/repair/leftovers/leftover.ts';
import {makePlan} from '../../source/repair/plan/make-plan.ts';
import type {Run} from '../../source/repair/run/runner.ts';
import {assertCanAsk, dialogueOf} from '../../source/terminal/dialogue.ts';
import {showLeftovers} from '../../source/terminal/show-leftovers.ts';
import {showFix, showRollback} from '../../source/terminal/show-repair.ts';
import {pathlessEvidence} from '../diagnosis/scenes.ts';

function streams() {
	const written = {stdout: '', stderr: ''};
	const to = (name: 'stdout' | 'stderr') => new PassThrough().on('data', (part: Buffer) => (written[name] += part.toString()));
	const context = {stdout: to('stdout'), stderr: to('stderr'), environment: {}} as unknown as CommandContext;
	return {context, written};
}

const sorted: Printer['sorted'] = document => document;
const layout = {headers: true, width: undefined, colour: false};
const plain: Printer = {form: 'text', textOf: undefined, sorted, layout};
const object: Printer = {form: undefined, textOf: document => `{${(document as {kind: string}).kind}}`, sorted, layout};

const evidence = pathlessEvidence();
const plan = makePlan(evidence, diagnose(evidence), {strategy: 'portmap', sources: ['x']});
const run: Run = {apiVersion: 'hostport.dev/v1', kind: 'Run', id: '1', outcome: 'done', steps: [], proof: null};
const journal = {id: '1', startedAt: '2026-01-01', by: 'jane\u001B[2J', outcome: 'failed'} as unknown as Journal;
const refused = {...plan, refusals: [{code: '', message: 'it is refused', hint: 'Look elsewhere.'}]};
const binary = {
	portmap: {version: '1.9.1', architecture: 'amd64', origin: 'x', sha256: 's', cniVersion: '', content: new Uint8Array(), isDynamic: false},
	warnings: [],
};

describe('a repair', () => {
	const shown = (printer: Printer, isDry: boolean, show: (shows: ReturnType<typeof showFix>) => void) => {
		const {context, written} = streams();
		show(showFix(context, printer, isDry));
		return written;
	};

	it('has its plan on stdout for a person; with an object of the result, or of the plan in a dry run, there is nothing else', () => {
		expect(shown(plain, false, ({plan: show}) => show(plan, undefined))).toEqual({
			stdout: expect.stringContaining('\nSteps\n'),
			stderr: '',
		});
		expect(shown(plain, true, ({plan: show}) => show(plan, undefined)).stdout).toContain('\nSteps\n');
		expect(shown(object, false, ({plan: show}) => show(plan, undefined))).toEqual({
			stdout: '',
			stderr: expect.stringContaining('\nSteps\n'),
		});
		expect(shown(object, true, ({plan: show}) => show(plan, undefined))).toEqual({stdout: '{Plan}', stderr: ''});
	});

	it('has colour where a person reads it, and none on the way to stderr', () => {
		const coloured = {layout: {...layout, colour: true}};
		expect(shown({...plain, ...coloured}, false, ({plan: show}) => show(plan, undefined)).stdout).toContain('\u001B[3');
		expect(shown({...object, ...coloured}, false, ({plan: show}) => show(plan, undefined)).stderr).not.toContain('\u001B');
	});

	it('says whose run it resumes, printable', () => {
		expect(shown(plain, false, ({plan: show}) => show(plan, journal)).stderr).toBe('Resuming run 1, started 2026-01-01 by jane.\n');
	});

	it('tells a refusal on stderr, with the plan as the object that was asked for', () => {
		const says = expect.stringContaining('it is refused\n  Look elsewhere.\n');
		expect(shown(plain, false, ({refusal}) => refusal(refused))).toEqual({stdout: '', stderr: says});
		expect(shown(object, false, ({refusal}) => refusal(refused))).toEqual({stdout: '{Plan}', stderr: says});
	});

	it('tells that there is nothing to do by lines or by the object', () => {
		expect(shown(plain, false, ({nothing}) => nothing(run, ['Nothing.', '- a']))).toEqual({stdout: 'Nothing.\n- a\n', stderr: ''});
		expect(shown(object, false, ({nothing}) => nothing(run, ['Nothing.']))).toEqual({stdout: '{Run}', stderr: ''});
	});

	it('tells binaries and its end on stderr, the result as the object', () => {
		expect(shown(plain, false, ({binary: show}) => show(binary))).toEqual({
			stdout: '',
			stderr: 'portmap 1.9.1 for amd64 from x, sha256 s\n',
		});
		const error = new ActionableError('the disk is full', 'Make room.');
		const end = {stdout: '', stderr: 'the disk is full\nMake room.\nRun 1 stopped.\n'};
		expect(shown(plain, false, ({end: show}) => show(run, {outcome: 'failed', error}, ['Run 1 stopped.']))).toEqual(end);
		expect(shown(object, false, ({end: show}) => show(run, {outcome: 'failed', error}, ['Run 1 stopped.']))).toEqual({
			...end,
			stdout: '{Run}',
		});
	});

	it('tells its events until it is told that they are over', () => {
		const [step] = plan.steps;
		if (step === undefined) throw new Error('a plan without steps');
		const {stderr} = shown(plain, false, ({onEvent, onLastEvent}) => {
			onEvent({type: 'step', step, state: 'done', says: 'it is there', seconds: 1, isCutOff: false});
			onLastEvent();
		});
		expect(stderr).toContain(`${step.title} (1 s): it is there\n`);
	});
});

test('a rollback tells whose run it is and what it undoes, printable, and what stays mapped', () => {
	const {context, written} = streams();
	const {run: show, steps, wired, end} = showRollback(context, plain);
	show(journal);
	steps(plan.steps.slice(0, 1).map(step => ({...step, title: 'put\nit', undo: 'stays\u001B[2J'})));
	wired(['a/1', 'a/2', 'a/3', 'a/4', 'a/5', 'a/6', 'a/7']);
	end(run, {outcome: 'rolled-back'}, ['Run 1 is rolled back.']);
	expect(written.stdout).toBe('');
	expect(written.stderr.split('\n')).toEqual([
		'Run 1, started 2026-01-01 by jane (failed). Steps to undo, in this order:',
		'  put it: stays',
		expect.stringMatching(/^Created since then and still mapped by portmap: a\/1, a\/2, a\/3, a\/4, a\/5 and 2 more\. .*HP07/u),
		'Run 1 is rolled back.',
		'',
	]);
});

describe('leftovers', () => {
	const leftover: Leftover = {
		kind: 'pod',
		namespace: 'kube-system',
		name: 'hostport-1',
		node: '',
		folder: '',
		says: 'ended',
		removal: 'plain',
	};
	const found = [{...leftover, title: 'pod kube-system/hostport-1', goes: true}];
	const removals = [
		{leftover, error: ''},
		{leftover: {...leftover, name: 'hostport-2'}, error: 'pod hostport-2: forbidden'},
	];
	const search = {found: [leftover], unseen: []};

	it('are a table in the order asked for, without headers where none are wanted; what was not seen is on stderr', () => {
		const {context, written} = streams();
		const reversed: Printer['sorted'] = document => {
			expect(document).toEqual({items: found});
			return document;
		};
		showLeftovers(context, {...plain, sorted: reversed, layout: {...layout, headers: false}}).found(found, ['node-1: no answer']);
		expect(written).toEqual({
			stdout: 'pod kube-system/hostport-1   -   yes   ended\n',
			stderr: 'could not read everything: node-1: no answer\n',
		});
	});

	it('are the object that was asked for once it is known what became of them, and nothing before', () => {
		const {context, written} = streams();
		const shows = showLeftovers(context, object);
		shows.found(found, ['node-1: no answer']);
		expect(written).toEqual({stdout: '', stderr: ''});
		shows.removed(search, removals);
		expect(written).toEqual({stdout: '{LeftoverList}', stderr: '1 of 2 removed\npod hostport-2: forbidden\n'});
	});

	it('of which none was to be removed are not counted', () => {
		const {context, written} = streams();
		showLeftovers(context, plain).removed(search, []);
		expect(written).toEqual({stdout: '', stderr: ''});
	});
});

describe('the person at a terminal', () => {
	it('is not asked for the name of the cluster where all was agreed to before, and told in lines', async () => {
		const {context, written} = streams();
		const {isUnasked, confirm, askDoubts, say} = dialogueOf(context, true);
		await confirm('prod');
		say('waiting');
		expect(await askDoubts([])).toEqual({agreed: [], left: []});
		expect([isUnasked, written]).toEqual([true, {stdout: '', stderr: 'waiting\n'}]);
	});

	it.each(['stdin', 'stdout', 'stderr'] as const)('cannot be asked where %s is no terminal', missing => {
		const terminal = {isTTY: true};
		const all = {stdin: terminal, stdout: terminal, stderr: terminal, environment: {}};
		const check = (context: object) => () => assertCanAsk(context as Parameters<typeof assertCanAsk>[0], 'table');
		expect(check(all)).not.toThrow();
		expect(check({...all, environment: {CI: 'false'}})).not.toThrow();
		expect(check({...all, [missing]: {isTTY: false}})).toThrow('no terminal to ask in');
	});
});
