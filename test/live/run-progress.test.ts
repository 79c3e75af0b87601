import {describe, expect, it} from 'vitest';
import {afterEvent, beginProgress, pastRunOf} from '../../source/live/run-progress.ts';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Journal, StepState} from '../../source/repair/journal.ts';
import {makePlan} from '../../source/repair/plan/make-plan.ts';
import type {Step} from '../../source/repair/plan/plan.ts';
import type {RunEvent} from '../../source/repair/run/run-environment.ts';
import {pathlessEvidence} from '../diagnosis/scenes.ts';

const evidence = pathlessEvidence();
const plan = makePlan(evidence, diagnose(evidence), {strategy: 'portmap', sources: ['a, b', 'c']});
const [first, second] = plan.steps as [Step, Step];

const event = (step: Step, state: StepState, says = ''): Extract<RunEvent, {type: 'step'}> => ({
	type: 'step',
	step,
	state,
	says,
	seconds: 1.5,
});
const begun = beginProgress('repair', 'run-1', plan.steps, 100);

describe('the progress of a run', () => {
	it('begins with every step waiting', () => {
		expect(begun.steps.map(({state}) => state)).toEqual(plan.steps.map(() => 'pending'));
		expect(begun.end).toBeNull();
	});

	it('knows since when a step runs, how long it took, and what was seen', () => {
		const running = afterEvent(begun, event(first, 'started'), 200);
		expect(running.steps[0]).toMatchObject({state: 'started', since: 200});
		const done = afterEvent(running, event(first, 'done', 'it answers'), 1700);
		expect(done.steps[0]).toMatchObject({state: 'done', since: 200, seconds: 1.5, says: 'it answers'});
		expect(done.steps[1]).toMatchObject({state: 'pending'});
		expect(done.log.map(({text}) => text)).toEqual([`running: ${first.title}`, `done: ${first.title}: it answers`]);
	});

	it('says a wait once, and beside its own step', () => {
		const wait: RunEvent = {type: 'progress', id: second.id, text: '1 of 3 agents is ready'};
		const waiting = [wait, wait, wait].reduce((progress, each) => afterEvent(progress, each, 300), begun);
		expect(waiting.log).toHaveLength(1);
		expect(waiting.steps.map(({says}) => says).filter(Boolean)).toEqual(['1 of 3 agents is ready']);
	});

	it('calls stopped, not failed, what the person has cut off', () => {
		const cut = afterEvent(begun, {...event(first, 'failed', 'interrupted'), isCutOff: true}, 1700);
		expect(cut.steps[0]).toMatchObject({isCutOff: true});
		expect(cut.log.map(({text}) => text)).toEqual([`stopped: ${first.title}: interrupted`]);
		const failed = afterEvent(begun, event(first, 'failed', 'the disk is full'), 1700);
		expect(failed.log.map(({text}) => text)).toEqual([`failed: ${first.title}: the disk is full`]);
	});

	it('takes what nodes say for text only, and keeps the newest lines', () => {
		const said = Array.from({length: 700}, (_, index): RunEvent => ({type: 'progress', id: '', text: `\u001B[2Jline ${index}\n`}));
		const {log} = said.reduce((progress, each) => afterEvent(progress, each, 0), begun);
		expect(log.length).toBeLessThanOrEqual(500);
		expect(log.at(-1)?.text).toBe('line 699');
	});

	it('passes by an event of a step that it does not know', () => {
		expect(afterEvent(begun, event({...first, id: 'elsewhere'}, 'done'), 0).steps).toEqual(begun.steps);
	});
});

describe('a past run', () => {
	const journal = (outcome: Journal['outcome'], state: StepState): Journal => ({
		apiVersion: 'hostport.dev/v1',
		kind: 'Journal',
		id: 'run-1',
		startedAt: '2024-02-07T02:00:00Z',
		updatedAt: '2024-02-07T02:00:00Z',
		by: 'kim@bastion\u001B[2J',
		plan,
		entries: {[first.id]: {state, before: {was: 'not there'}, seconds: 1, says: ''}},
		outcome,
	});

	it('tells how far it came and what undoing it does', () => {
		expect(pastRunOf(journal('failed', 'done'), false)).toMatchObject({
			done: 1,
			total: plan.steps.length,
			by: 'kim@bastion',
			source: 'a, b, c',
			undo: [{title: first.title, says: first.undo}],
		});
	});

	it('that was rolled back has nothing to undo', () => {
		expect(pastRunOf(journal('rolled-back', 'undone'), false).undo).toEqual([]);
	});
});
