import {ActionableError, exitCode} from '../errors.ts';
import type {Journal} from '../repair/journal.ts';
import type {Ended} from '../repair/run/repair.ts';
import type {Session} from '../session/session.ts';
import type {Repair, RepairAct, RunProgress} from '../tui/repair/values.ts';
import type {Store} from '../tui/store.ts';
import {afterEvent} from './run-progress.ts';
import {closed, endingOf, problemOf} from './wizard-values.ts';

/** What the acts of the wizard have in common: one at a time, and the pages see what comes of it. */
export type WizardActs = {
	readonly shown: () => Repair;
	readonly show: (parts: Partial<Repair>) => void;
	/** A word for what is under way. */
	readonly say: (text: string) => void;
	readonly isRunning: () => boolean;
	/** One act at a time; a new one ends the one before. What fails is shown and not thrown. */
	readonly begin: (act: RepairAct, text: string, work: (signal: AbortSignal) => Promise<void>) => void;
	/** Carries out a run or undoes one; the page sees it from its first moment. */
	readonly carryOut: (progress: RunProgress, work: (signal: AbortSignal) => Promise<Ended>) => void;
	/** Told by a run. */
	readonly onEvent: (event: Parameters<typeof afterEvent>[1]) => void;
	/** The connections at the end of a run. */
	readonly showAnswers: (parts: Partial<Pick<RunProgress, 'asked' | 'answered'>>) => void;
	/** Ends the run after the act that is under way. */
	readonly stop: () => void;
	/** Aborted once the wizard is closed. */
	readonly ended: AbortSignal;
	/** Stops what is under way between two acts and waits for it; gives the run that this left unfinished, else nothing. */
	readonly close: () => Promise<string>;
};

/** @param keep is given the journal of each run that has ended */
export function openActs(
	store: Store,
	session: Pick<Session, 'signal'>,
	keep: (journal: Journal) => void,
	lookAgain: () => Promise<unknown>,
): WizardActs {
	const ended = new AbortController();
	let stopAct = new AbortController();
	let stopRun = new AbortController();
	let acting: Promise<void> = Promise.resolve();
	let wasInterrupted = '';

	const shown = (): Repair => store.getSnapshot().repair ?? closed;
	const show = (parts: Partial<Repair>): void => store.update({repair: {...shown(), ...parts}});
	const showRun = (change: (run: RunProgress) => RunProgress): void => {
		const {run} = shown();
		if (run !== null) show({run: change(run)});
	};

	return {
		shown,
		show,
		say: text => store.update({phase: {text, since: Date.now()}, progress: {done: 0, total: 0}}),
		isRunning: () => shown().run?.end === null,
		begin(act, text, work) {
			stopAct.abort();
			const own = (stopAct = new AbortController());
			const signal = AbortSignal.any([session.signal, ended.signal, own.signal]);
			const before = acting;
			show({problem: null});
			acting = (async () => {
				await before;
				if (signal.aborted) return;
				store.update({phase: {text, since: Date.now()}, progress: {done: 0, total: 0}, notice: null});
				try {
					await work(signal);
				} catch (error) {
					const source = act.do === 'prepare' ? act.source : act.do === 'weigh' ? act.run : '';
					if (!signal.aborted) show({problem: {of: act.do, source, ...problemOf(error)}});
				} finally {
					store.update({phase: null});
				}
			})();
		},
		carryOut(progress, work) {
			stopAct.abort();
			stopRun = new AbortController();
			const signal = AbortSignal.any([session.signal, ended.signal, stopRun.signal]);
			const before = acting;
			const text = progress.kind === 'repair' ? 'repairing' : 'rolling back';
			show({run: progress, problem: null});
			store.update({phase: {text, since: progress.since}, progress: {done: 0, total: 0}, notice: null});
			acting = (async () => {
				await before;
				store.update({phase: {text, since: progress.since}});
				const end = await endingOf(work(signal), progress.since, signal, keep);
				show({run: {...(shown().run ?? progress), end}, unfinished: null, prepared: null});
				wasInterrupted = end.outcome === 'interrupted' && (ended.signal.aborted || session.signal.aborted) ? progress.id : '';
				store.update({phase: null});
				if (!ended.signal.aborted && !session.signal.aborted) await lookAgain();
			})();
		},
		onEvent: event => showRun(run => afterEvent(run, event, Date.now())),
		showAnswers: parts => showRun(run => ({...run, ...parts})),
		stop() {
			stopRun.abort(new ActionableError('stopped by you', 'Resume or roll back when you like.', {exitCode: exitCode.interrupted}));
			showRun(run => ({...run, isStopping: true}));
		},
		ended: ended.signal,
		async close() {
			ended.abort();
			stopAct.abort();
			await acting;
			return wasInterrupted;
		},
	};
}
