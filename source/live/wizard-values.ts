import {choiceRows, type ChoiceName, type Chosen} from '../choices.ts';
import type {Strategy} from '../diagnosis/strategy.ts';
import {view} from '../diagnosis/view.ts';
import {ActionableError, messageOf} from '../errors.ts';
import type {Proof} from '../proof/proof.ts';
import {summaryOf} from '../proof/summary.ts';
import type {Journal} from '../repair/journal.ts';
import type {Plan} from '../repair/plan/plan.ts';
import {addedBy, offersOn} from '../repair/steps/index.ts';
import type {Ended} from '../repair/run/repair.ts';
import {runResult} from '../repair/run/runner.ts';
import type {CheckedBinary, Repair, RunEnding} from '../tui/repair/values.ts';
import {conclusionOf} from '../session/conclusion.ts';
import type {Look} from '../session/look.ts';
import {needsPortmap, type SourceOffer} from '../session/source-offers.ts';
import type {LoadedBinary} from '../session/prepare-run.ts';
import {pastRunOf} from './run-progress.ts';

/** The wizard before it was opened. */
export const closed: Repair = {
	problem: null,
	clusterName: '',
	plans: null,
	chosen: null,
	marked: '',
	extras: [],
	offers: [],
	unfinished: null,
	prepared: null,
	run: null,
	before: null,
	runs: null,
	damaged: [],
	doubts: null,
};

/** An error as a screen shows it. */
export function problemOf(error: unknown): {message: string; hint: string} {
	return {message: messageOf(error), hint: error instanceof ActionableError ? error.hint : ''};
}

/** What the planner leaves to the person: nodes that are down, pods that nobody recreates, nodes that join. */
export function extrasOf({evidence, diagnosis}: Look, unfinished: Journal | undefined): Repair['extras'] {
	return offersOn({view: view(evidence), diagnosis})
		.filter(({row}) => row.wizard !== undefined)
		.map(({row: {name, isKept, wizard}, names}) => ({
			what: name,
			says: wizard ?? '',
			names,
			isOn: isKept === true && unfinished?.plan.choice[name] === true,
		}));
}

/** Those that change something: with them a plan has steps that it does not have without. */
export function effective(extras: Repair['extras'], planWith: (extras: Repair['extras']) => Plan): Repair['extras'] {
	const planIf = (what: ChoiceName, isOn: boolean): Plan => planWith(extras.map(extra => (extra.what === what ? {...extra, isOn} : extra)));
	return extras.filter(({what}) => addedBy(what, planIf(what, false), planIf(what, true)) !== undefined);
}

/** What the person has switched on, as a choice for this strategy. */
export function chosenOf(extras: Repair['extras'], strategy: Strategy): Chosen {
	const chosen = choiceRows.flatMap(({name, is, wizard, onlyWith = strategy}) => {
		const {isOn = false, names = []} = extras.find(({what}) => what === name) ?? {};
		return wizard === undefined ? [] : [[name, is === 'yes' ? isOn && onlyWith === strategy : isOn ? names : []]];
	});
	return Object.fromEntries(chosen) as Chosen;
}

type Plans = Repair['plans'];

/** The strategy that is chosen by itself: that of the run that is resumed, else the recommended one. */
export function firstStrategy(plans: Plans, unfinished: Journal | undefined): Strategy {
	return unfinished?.plan.choice.strategy ?? plans?.portmap.options.find(({recommended}) => recommended)?.strategy ?? 'portmap';
}

/** The source that is chosen by itself: none where no node lacks the binary; undefined where the person has to choose, for another one asks a network. */
export function sourceFor(
	strategy: Strategy,
	plans: Plans,
	offers: readonly SourceOffer[],
	unfinished: Journal | undefined,
): string | undefined {
	const plan = plans?.[strategy];
	if (plan === undefined || !needsPortmap(plan)) return '';
	const before = (unfinished?.plan.choice.sources ?? []).join(', ');
	return before === '' ? offers.find(({isNear}) => isNear)?.source : before;
}

/** What is chosen before anybody chooses. */
export function firstChoice(plans: Plans, offers: readonly SourceOffer[], unfinished: Journal | undefined): Repair['chosen'] {
	const strategy = firstStrategy(plans, unfinished);
	const source = sourceFor(strategy, plans, offers, unfinished);
	return source === undefined ? null : {strategy, source};
}

/** A binary that was loaded, as the screen shows it. */
export function checked({portmap, warnings}: LoadedBinary, plan: Plan): CheckedBinary {
	const {architecture, version, sha256, content, origin} = portmap;
	const nodes = plan.steps.filter(({node, binaries}) => node !== '' && binaries.includes(architecture)).length;
	return {architecture, version, sha256, size: content.length, origin, nodes, warnings};
}

/** How a run ended, for its page. What it changed is in its journal, whatever happened here. */
export async function endingOf(
	running: Promise<Ended>,
	since: number,
	signal: AbortSignal,
	keep: (journal: Journal) => void,
): Promise<RunEnding> {
	const seconds = (): number => (Date.now() - since) / 1000;
	try {
		const {journal, end} = await running;
		keep(journal);
		const result = runResult(journal, end);
		const proof = (end.proof as Proof | undefined) ?? null;
		const isExpected = end.outcome === 'done' || end.outcome === 'rolled-back' || end.outcome === 'interrupted';
		return {
			outcome: result.outcome,
			seconds: seconds(),
			...(end.error === undefined || isExpected ? noProblem : problemOf(end.error)),
			lines: conclusionOf(result, journal).lines,
			remaining: end.outcome === 'done' ? [...journal.plan.remaining] : [],
			proof,
			connections: proof === null ? '' : summaryOf(proof),
			past: pastRunOf(journal, true),
		};
	} catch (error) {
		const isStopped = signal.aborted;
		return {
			outcome: isStopped ? 'interrupted' : 'failed',
			seconds: seconds(),
			...(isStopped ? noProblem : problemOf(error)),
			lines: [isStopped ? 'Stopped before anything was changed.' : 'The run could not start, or its journal could not be written.'],
			remaining: [],
			proof: null,
			connections: '',
			past: null,
		};
	}
}

const noProblem = {message: '', hint: ''};
