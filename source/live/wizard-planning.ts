import type {ChoiceName} from '../choices.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {ActionableError} from '../errors.ts';
import type {Journal} from '../repair/journal.ts';
import {dryRunOnServer} from '../repair/run/server-dry-run.ts';
import type {Look} from '../session/look.ts';
import {completeChoice, openGround} from '../session/planner.ts';
import {loadBinaries, prepareRun, type PreparedRun, type RepairOwn} from '../session/prepare-run.ts';
import {assertPossible} from '../session/rehearsal.ts';
import {sourcesFor, type Session} from '../session/session.ts';
import type {PreparedRepair, Repair, RepairAct} from '../tui/repair/values.ts';
import {isNothing} from '../tui/repair/wizard.ts';
import {askedOf} from './prove-into.ts';
import {pastRunOf} from './run-progress.ts';
import type {WholeLook} from './whole-look.ts';
import type {WizardActs} from './wizard-acts.ts';
import {choiceBy, extrasWith, markedFor, plansOf, type Choosable} from './wizard-choice.ts';
import {offersFor} from '../session/source-offers.ts';
import {checked, extrasOf, firstChoice, firstStrategy, problemOf, sourceFor} from './wizard-values.ts';

type Choosing = Extract<RepairAct, {do: 'choose'}>;
type Chosen = NonNullable<Repair['chosen']>;

/** The first page of the wizard: what would be done by what is chosen. Changes nothing on the cluster. */
export type WizardPlanning = {
	/** Looks, plans by what is best, and gives what was planned with. `marked`: nodes to go first, or alone. */
	readonly open: (marked: readonly string[], signal: AbortSignal) => Promise<Look>;
	/** Another strategy or source; a source that was asked for by none stays open. */
	readonly choose: (act: Choosing, signal: AbortSignal) => Promise<void>;
	/** Takes an extra into the choice, or out of it; gives what has to be chosen anew for that. */
	readonly toggle: (what: ChoiceName) => Choosing;
	/** Checks rights, binaries and writes of one strategy. */
	readonly prepare: (chosen: Chosen, signal: AbortSignal) => Promise<void>;
	/** What was prepared, once: a run that was begun is not begun again. */
	readonly take: () => PreparedRun | undefined;
};

type Needed = {
	readonly session: Session;
	readonly wholeLook: WholeLook;
	readonly connected: () => Promise<ClusterClient>;
	/** By which the run will reach nodes. */
	readonly actingAccesses: Pick<RepairOwn, Exclude<keyof RepairOwn, 'environment' | 'clock' | 'signal' | 'onQuestions' | 'onResult'>>;
	/** Is given an unfinished run that was found. */
	readonly keep: (journal: Journal) => void;
	/** What the screens show as seen before the run. */
	readonly before: () => Repair['before'];
};

/** Plans for the wizard, and checks what is chosen. */
export function openPlanning(acts: WizardActs, needed: Needed): WizardPlanning {
	const {shown, show, say} = acts;
	const {session, wholeLook, connected, keep} = needed;
	let ground: Choosable | undefined;
	let prepared: PreparedRun | undefined;

	const prepare = async (chosen: Chosen, signal: AbortSignal): Promise<void> => {
		if (ground === undefined) return;
		show({chosen, prepared: null});
		const {ready, shows} = await prepareChosen(ground, chosen, acts, needed, signal);
		prepared = ready;
		show({before: needed.before() ?? ground.seen.diagnosis, prepared: shows});
	};

	/** Prepares what is chosen; what fails is told as a fault of that and not of whatever led here. */
	const tryPrepare = async (chosen: Chosen, signal: AbortSignal): Promise<void> => {
		say('checking rights and sources');
		try {
			await prepare(chosen, signal);
		} catch (error) {
			if (!signal.aborted) show({problem: {of: 'prepare', source: chosen.source, ...problemOf(error)}});
		}
	};

	return {
		async open(marked, signal) {
			const first = insisted(await wholeLook.latest(signal), signal);
			const own = await connected();
			const again = async (): Promise<Look> => insisted(await wholeLook.again(signal), signal);
			const {seen, unfinished, planFor} = await openGround(own, first, again, {clock: session.clock, signal, say});
			if (unfinished !== undefined) keep(unfinished);
			ground = {seen, unfinished, planFor, nodes: session.scope.nodes, marked, extras: extrasOf(seen, unfinished)};
			const offers = offersFor(seen, sourcesFor(session));
			const plans = plansOf(ground);
			const chosen = firstChoice(plans, offers, unfinished);
			show({
				clusterName: own.context ?? own.server,
				plans,
				extras: extrasWith(ground, chosen?.strategy ?? firstStrategy(plans, unfinished)),
				chosen,
				marked: chosen === null ? '' : markedFor(ground, chosen.strategy).says,
				offers,
				unfinished: unfinished === undefined ? null : pastRunOf(unfinished, false),
				prepared: null,
				run: null,
				before: null,
			});
			if (chosen !== null && !isNothing(shown())) await tryPrepare(chosen, signal);
			return seen;
		},
		async choose({strategy, source}, signal) {
			if (ground === undefined) return;
			const {chosen, plans, offers} = shown();
			const wanted = strategy ?? chosen?.strategy ?? firstStrategy(plans, ground.unfinished);
			const from = source ?? sourceFor(wanted, plans, offers, ground.unfinished);
			prepared = undefined;
			const next = from === undefined ? null : {strategy: wanted, source: from};
			show({chosen: next, prepared: null, marked: markedFor(ground, wanted).says, extras: extrasWith(ground, wanted)});
			if (next !== null) await tryPrepare(next, signal);
		},
		toggle(what) {
			if (ground === undefined) return {do: 'choose'};
			ground = {...ground, extras: ground.extras.map(extra => (extra.what === what ? {...extra, isOn: !extra.isOn} : extra))};
			prepared = undefined;
			const plans = plansOf(ground);
			const {chosen} = shown();
			show({plans, prepared: null, extras: extrasWith(ground, chosen?.strategy ?? firstStrategy(plans, ground.unfinished))});
			// A choice may make a source needful that nobody was asked for.
			return {do: 'choose', ...(chosen !== null && {strategy: chosen.strategy}), ...(chosen?.source && {source: chosen.source})};
		},
		prepare,
		take() {
			const ready = prepared;
			prepared = undefined;
			return ready;
		},
	};
}

/** A run of what is chosen, and what the page shows of it: checked, and nothing is written yet. @throws as the checks */
async function prepareChosen(
	ground: Choosable,
	{strategy, source}: Chosen,
	{shown, ended, showAnswers}: WizardActs,
	{session, connected, actingAccesses}: Needed,
	signal: AbortSignal,
): Promise<{readonly ready: PreparedRun; readonly shows: PreparedRepair}> {
	const {seen, unfinished, planFor} = ground;
	const own = await connected();
	const sources = source
		.split(',')
		.map(each => each.trim())
		.filter(Boolean);
	const plan = planFor(completeChoice(choiceBy(ground, strategy, sources), seen, unfinished));
	// Reading the binaries is given up with this act; once they are read, the tools outlive it.
	const reading = new AbortController();
	const giveUp = (): void => reading.abort(signal.reason);
	signal.addEventListener('abort', giveUp, {once: true});
	const setting: RepairOwn = {
		...actingAccesses,
		environment: session.environment,
		clock: session.clock,
		signal: AbortSignal.any([session.signal, ended, reading.signal]),
		onQuestions: questions => showAnswers({asked: questions.flatMap(askedOf), answered: []}),
		onResult: result => showAnswers({answered: [...(shown().run?.answered ?? []), result]}),
	};
	const ready = await prepareRun(own, seen.evidence, plan, unfinished, setting);
	const {ahead, tools, doubts} = ready;
	const isRefused = plan.refusals.length > 0;
	if (!isRefused) await assertPossible(own, seen.evidence, ahead, {...setting, signal});
	const binaries = isRefused ? [] : await loadBinaries(ahead, tools, signal);
	const serverSays = isRefused ? [] : await dryRunOnServer(own, ahead, signal);
	signal.throwIfAborted();
	signal.removeEventListener('abort', giveUp);
	return {
		ready,
		shows: {
			strategy,
			source,
			plan: isRefused ? plan : ahead,
			binaries: binaries.map(binary => checked(binary, ahead)),
			serverSays,
			doubts,
		},
	};
}

function insisted(look: Look | undefined, signal: AbortSignal): Look {
	signal.throwIfAborted();
	if (look === undefined) throw new ActionableError('could not read the cluster', 'Press enter to try again; the reason is above.');
	return look;
}
