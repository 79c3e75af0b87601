import {setImmediate} from 'node:timers/promises';
import type {Diagnosis} from '../diagnosis/diagnosis.ts';
import type {Strategy} from '../diagnosis/strategy.ts';
import {ActionableError, messageOf} from '../errors.ts';
import type {CollectProgress} from '../evidence/collect.ts';
import type {Evidence, NodeEvidence} from '../evidence/evidence.ts';
import type {Look} from '../session/look.ts';
import type {Session} from '../session/session.ts';
import type {NodeAccesses} from '../session/node-accesses.ts';
import type {Store} from '../tui/store.ts';

/** Milliseconds between two judgements of evidence that is still coming in: at least so many, and so many times as long as the last one took, up to ten seconds. */
const shortestInterval = 500;
const intervalFactor = 20;
const longestInterval = 10_000;

/**
 * One look, told to the store as it goes on. Undefined where it failed: then the store says why.
 * @param before what was seen before, where only what changed since is to be looked at: that is told at its end alone
 */
export async function lookInto(store: Store, session: Session, accesses: NodeAccesses, before?: Look): Promise<Look | undefined> {
	const isQuiet = before !== undefined;
	const since = Date.now();
	// What was seen stays until all is seen anew: half of it would say of nodes that were judged that nobody asked them.
	const isFirst = store.getSnapshot().evidence === null;
	if (!isQuiet) {
		store.update({
			phase: {text: store.getSnapshot().phase?.text ?? 'reading again', since},
			failure: null,
			notice: null,
			progress: {done: 0, total: 0},
		});
	}

	const [{look}, {diagnosing}, {inPieces}, {recommendStrategy}, {view}, {neededChanges}] = await Promise.all([
		import('../session/look.ts'),
		import('../diagnosis/diagnose.ts'),
		import('../session/in-pieces.ts'),
		import('../diagnosis/strategy.ts'),
		import('../diagnosis/view.ts'),
		import('../repair/plan/needed-change.ts'),
	]);
	const show = (evidence: Evidence, diagnosis: Diagnosis): Strategy => {
		const {strategy} = recommendStrategy(view(evidence));
		store.update({evidence, diagnosis, changes: neededChanges(evidence, strategy)});
		return strategy;
	};

	const partial = partialEvidence(
		session.signal,
		async (evidence, signal) => void show(evidence, await inPieces(diagnosing(evidence), signal)),
	);
	accesses.ssh?.session.askAgain();
	try {
		const found = await look(session, {
			accesses,
			before: before?.evidence,
			onConnection({server, context: name}) {
				store.update({title: {server, context: name ?? ''}});
			},
			onNotice: notice => store.update({notice}),
			onProgress(progress) {
				if (!isQuiet && progress.type === 'phase') store.update({phase: {text: progress.text, since}});
				if (!isQuiet && progress.type === 'node') store.update({phase: {text: 'asking', since}, progress});
				// Names are shown at once. A cause of which only the API server tells is not told as likely meanwhile: the nodes may tell another.
				if (isFirst && progress.type === 'names') store.update({names: progress.names});
				if (isFirst && progress.type === 'cluster') store.update({evidence: progress.evidence});
				if (isFirst) partial.add(progress);
			},
		});
		partial.stop();
		const strategy = show(found.evidence, found.diagnosis);
		const {makePlan} = await import('../repair/plan/make-plan.ts');
		// On thousands of nodes each of these takes a moment: keys are heard between them.
		await setImmediate();
		const repairAhead = makePlan(found.evidence, found.diagnosis, {strategy}).summary;
		store.update({
			...(!isQuiet && {phase: null}),
			failure: null,
			repairAhead,
			title: {...store.getSnapshot().title, server: found.evidence.server},
		});
		return found;
	} catch (error) {
		partial.stop();
		if (session.signal.aborted) return undefined;
		const hint = error instanceof ActionableError ? error.hint : 'Press r to try again.';
		store.update({names: [], ...(!isQuiet && {phase: null}), failure: {message: messageOf(error), hint}});
		return undefined;
	}
}

/**
 * Puts the nodes that have answered into the evidence of the API part, and has it judged now and then while they come: before the first there is nothing to
 * judge by.
 * @param ended aborted where nobody needs it any more
 */
export function partialEvidence(
	ended: AbortSignal,
	judge: (evidence: Evidence, signal: AbortSignal) => Promise<void>,
): {add(progress: CollectProgress): void; stop(): void} {
	const stopping = new AbortController();
	const signal = AbortSignal.any([ended, stopping.signal]);
	let base: Evidence | undefined;
	const answered = new Map<string, NodeEvidence>();
	let timer: NodeJS.Timeout | undefined;
	let interval = shortestInterval;
	const judgeNow = async (): Promise<void> => {
		const started = performance.now();
		try {
			const nodes = base?.nodes.map(node => answered.get(node.name) ?? node) ?? [];
			if (base !== undefined) await judge({...base, nodes}, signal);
		} catch (error) {
			if (!signal.aborted) throw error;
		}

		interval = Math.min(longestInterval, Math.max(shortestInterval, intervalFactor * (performance.now() - started)));
		timer = undefined;
	};

	return {
		add(progress) {
			if (progress.type === 'cluster') base = progress.evidence;
			if (progress.type === 'node') answered.set(progress.node.name, progress.node);
			if (progress.type === 'node' && !signal.aborted) timer ??= setTimeout(() => void judgeNow(), interval).unref();
		},
		stop() {
			stopping.abort();
			clearTimeout(timer);
		},
	};
}
