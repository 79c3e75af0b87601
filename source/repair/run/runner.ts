import {ActionableError, messageOf} from '../../errors.ts';
import type {Proof} from '../../proof/proof.ts';
import {entryOf, type Journal, type RunOutcome, type StepState} from '../journal.ts';
import type {JournalKeeper} from './journal-keeper.ts';
import {isPassing} from '../acts/patience.ts';
import type {Step} from '../plan/plan.ts';
import type {RunEnvironment, RunEvent} from './run-environment.ts';
import {groupsOf, sideBySide} from './side-by-side.ts';
import {stepContext} from './step-context.ts';
import type {RepairTools} from '../step-work.ts';
import {bind, kindOf} from '../steps/index.ts';

/** How a run ended. */
export type RunEnd = {
	readonly outcome: Extract<RunOutcome, 'done' | 'failed' | 'interrupted' | 'rolled-back' | 'rollback-failed' | 'nothing-to-do'>;
	/** Why it ended before its end. */
	readonly error?: unknown;
	/** What the final proof found. */
	readonly proof?: unknown;
};

/**
 * Carries out the steps of the journal's plan that are named in `todo`: check, capture, journal, act, verify, journal. It
 * stops at the first step that fails; nothing is undone by it.
 */
export async function carryOut(todo: ReadonlySet<string>, environment: RunEnvironment): Promise<RunEnd> {
	const {keeper, lock, tools} = environment;
	const signal = AbortSignal.any([environment.signal, lock.lost]);
	let proof: unknown;
	const prove: RepairTools['prove'] =
		tools.prove &&
		(async own => {
			const result = await tools.prove?.(own);
			proof = result?.proof;
			return result ?? {ok: true, summary: '', proof: undefined};
		});
	const within = {...environment, signal, tools: {...tools, ...(prove !== undefined && {prove})}};
	let failures: readonly unknown[] = [];
	try {
		await tools.watchServices?.(signal);
		for (const group of groupsOf(keeper.journal().plan.steps.filter(({id}) => todo.has(id)))) {
			signal.throwIfAborted();
			failures = await sideBySide(group, async step => runStep(step, within), {signal, isLast: () => true});
			signal.throwIfAborted();
			if (failures.length > 0) throw inOne(failures);
		}

		await keeper.conclude('done');
		return {outcome: 'done', proof};
	} catch (error) {
		const outcome = signal.aborted ? 'interrupted' : 'failed';
		// Only where nothing but the server's absence has stopped it does the journal go on to say `running`.
		const isOver = signal.aborted || (failures.length > 0 ? failures : [error]).some(each => !isPassing(each));
		if (isOver) await concludeAnyhow(keeper, outcome, environment.onEvent);
		return {outcome, error: signal.aborted ? signal.reason : error, proof};
	}
}

/** What is told of failures side by side: the first that time alone does not mend. */
function inOne(failures: readonly unknown[]): unknown {
	const first = failures.find(each => !isPassing(each)) ?? failures[0];
	if (failures.length === 1) return first;
	const hint = first instanceof ActionableError ? first.hint : 'See the steps above.';
	return new ActionableError(`${messageOf(first)} (and ${failures.length - 1} more steps failed)`, hint, {cause: first});
}

async function runStep(step: Step, environment: RunEnvironment): Promise<void> {
	const {tools, keeper, lock, signal, onEvent} = environment;
	const started = tools.clock.now();
	const seconds = (): number => Math.round((tools.clock.now() - started) / 100) / 10;
	const tell = (state: StepState, says: string, isCutOff = false): void =>
		onEvent({type: 'step', step, state, says, seconds: seconds(), isCutOff});
	const {context, close} = stepContext(step, environment);
	const work = bind(step);
	tell('started', '');
	try {
		const why = await work.check(context);
		const earlier = entryOf(keeper.journal(), step);
		if (why !== undefined) {
			// What an interrupted try has done is this run's own work, and is undone with it.
			const state = earlier.before === null ? 'skipped' : 'done';
			await keeper.record(step.id, {state, says: why, seconds: seconds()});
			tell(state, why);
			return;
		}

		const before = earlier.before ?? (await work.capture(context));
		await lock.assertHeld();
		await keeper.record(step.id, {state: 'started', before});
		await work.apply(context, before);
		const says = await work.verify(context, before);
		await keeper.record(step.id, {state: 'done', says, seconds: seconds()});
		tell('done', says);
	} catch (error) {
		const says = signal.aborted ? 'interrupted' : messageOf(error);
		// Who has waited minutes for the server does not wait as long to write it down: `started` is unfinished too.
		if (!signal.aborted && !isPassing(error)) await recordFailure(keeper, step, says, seconds());
		tell('failed', says, signal.aborted);
		throw error;
	} finally {
		await close();
	}
}

/** The first failure is the one to tell: that it could not be journalled as well is passed over. */
async function recordFailure(keeper: JournalKeeper, step: Step, says: string, seconds: number): Promise<void> {
	await keeper.record(step.id, {state: 'failed', says, seconds}).catch(() => undefined);
}

async function concludeAnyhow(keeper: JournalKeeper, outcome: 'interrupted' | 'failed', onEvent: (event: RunEvent) => void): Promise<void> {
	try {
		await keeper.conclude(outcome);
	} catch (error) {
		// The journal says `running` then, which everybody treats as unfinished too.
		onEvent({type: 'progress', id: '', text: `the end of the run could not be written to its journal: ${messageOf(error)}`});
	}
}

/** The result in the contract's form (`fix --yes -o json`). */
export type Run = {
	readonly apiVersion: 'hostport.dev/v1';
	readonly kind: 'Run';
	readonly id: string;
	readonly outcome: RunEnd['outcome'] | 'incomplete';
	readonly steps: ReadonlyArray<{
		readonly id: string;
		readonly title: string;
		readonly node: string;
		readonly state: 'done' | 'skipped' | 'failed' | 'undone';
		readonly seconds: number;
		readonly says: string;
	}>;
	readonly proof: unknown;
};

/** Whether connections were to be tried and not one of them told anything, or none could be tried at all. */
function provesNothing(journal: Journal, proof: unknown): boolean {
	if (journal.plan.steps.some(step => kindOf(step).isClosing === true && entryOf(journal, step).state === 'skipped')) return true;
	const {results = [], unasked = []} = (proof ?? {}) as Partial<Pick<Proof, 'results' | 'unasked'>>;
	const isDecided = results.some(({verdict}) => verdict === 'works' || verdict === 'fails');
	return !isDecided && results.length + unasked.length > 0;
}

/** The result of a run, as the contract has it. */
export function runResult(journal: Journal, {outcome, proof}: RunEnd): Run {
	const states: Readonly<Record<StepState, Run['steps'][number]['state']>> = {
		pending: 'skipped',
		started: 'failed',
		done: 'done',
		skipped: 'skipped',
		failed: 'failed',
		undoing: 'failed',
		undone: 'undone',
		left: 'done',
		'undo-failed': 'failed',
	};
	return {
		apiVersion: 'hostport.dev/v1',
		kind: 'Run',
		id: journal.id,
		outcome: outcome === 'done' && (journal.plan.left.length > 0 || provesNothing(journal, proof)) ? 'incomplete' : outcome,
		steps: journal.plan.steps.map(step => {
			const {state, seconds, says} = entryOf(journal, step);
			return {id: step.id, title: step.title, node: step.node, state: states[state], seconds, says};
		}),
		proof: proof ?? null,
	};
}
