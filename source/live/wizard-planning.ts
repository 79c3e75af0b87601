import type {ChoiceName} from '../choices.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import type {Strategy} from '../diagnosis/strategy.ts';
import {ActionableError} from '../errors.ts';
import type {Journal} from '../repair/journal.ts';
import type {Choice, Plan} from '../repair/plan/plan.ts';
import {dryRunOnServer} from '../repair/run/server-dry-run.ts';
import type {Look} from '../session/look.ts';
import {completeChoice, openGround} from '../session/planner.ts';
import {loadBinaries, prepareRun, type PreparedRun, type RepairOwn} from '../session/prepare-run.ts';
import {assertPossible} from '../session/rehearsal.ts';
import {sourcesFor, type Session} from '../session/session.ts';
import type {Repair, RepairAct} from '../tui/repair/values.ts';
import {isNothing} from '../tui/repair/wizard.ts';
import {askedOf} from './prove-into.ts';
import {pastRunOf} from './run-progress.ts';
import type {WholeLook} from './whole-look.ts';
import type {WizardActs} from './wizard-acts.ts';
import {checked, chosenOf, effective, extrasOf, firstChoice, firstStrategy, offersFor, problemOf, sourceFor} from './wizard-values.ts';

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
export function openPlanning(
	{shown, show, say, ended, showAnswers}: WizardActs,
	{session, wholeLook, connected, actingAccesses, keep, before}: Needed,
): WizardPlanning {
	let seen: Look | undefined;
	let planFor: ((choice: Choice) => Plan) | undefined;
	let unfinished: Journal | undefined;
	let prepared: PreparedRun | undefined;
	let extras: Repair['extras'] = [];
	let marked: readonly string[] = [];

	/** What nodes that were marked are for: to be repaired alone, where the settings of the cluster need no change, else the first of them goes first. */
	const markedFor = (strategy: Strategy): {readonly choice: Pick<Choice, 'nodes' | 'canary'>; readonly says: string} => {
		const [first] = marked;
		if (first === undefined) return {choice: {nodes: session.scope.nodes}, says: ''};
		const alone = planFor?.({strategy, sources: [], nodes: marked});
		if (alone?.refusals.length === 0) return {choice: {nodes: marked}, says: `Only the marked nodes: ${marked.join(', ')}`};
		const why = marked.length === 1 ? '' : ': cilium-config applies to all nodes, so the others follow';
		return {choice: {nodes: session.scope.nodes, canary: first}, says: `${first} goes first, as marked${why}`};
	};

	const asked = (strategy: Strategy, taken = extras) => ({strategy, ...markedFor(strategy).choice, ...chosenOf(taken, strategy)});
	const plans = (): Repair['plans'] => {
		const planned = (strategy: Strategy): Plan | undefined => planFor?.({...asked(strategy), sources: []});
		const [portmap, native] = [planned('portmap'), planned('native')];
		return portmap === undefined || native === undefined ? null : {portmap, native};
	};
	/** The options of a strategy. */
	const offered = (strategy: Strategy): Repair['extras'] => {
		const make = planFor;
		return make === undefined ? [] : effective(extras, taken => make({...asked(strategy, taken), sources: []}));
	};

	const prepare = async ({strategy, source}: Chosen, signal: AbortSignal): Promise<void> => {
		if (planFor === undefined || seen === undefined) return;
		show({chosen: {strategy, source}, prepared: null});
		const own = await connected();
		const sources = source
			.split(',')
			.map(each => each.trim())
			.filter(Boolean);
		const plan = planFor(completeChoice({...asked(strategy), sources}, seen, unfinished));
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
		const isRefused = plan.refusals.length > 0;
		if (!isRefused) await assertPossible(own, seen.evidence, ready.ahead, {...setting, signal});
		const binaries = isRefused ? [] : await loadBinaries(ready.ahead, ready.tools, signal);
		const serverSays = isRefused ? [] : await dryRunOnServer(own, ready.ahead, signal);
		signal.throwIfAborted();
		signal.removeEventListener('abort', giveUp);
		prepared = ready;
		show({
			before: before() ?? seen.diagnosis,
			prepared: {
				strategy,
				source,
				plan: isRefused ? plan : ready.ahead,
				binaries: binaries.map(binary => checked(binary, ready.ahead)),
				serverSays,
				doubts: ready.doubts,
			},
		});
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
		async open(wanted, signal) {
			const first = insisted(await wholeLook.latest(signal), signal);
			const own = await connected();
			const again = async (): Promise<Look> => insisted(await wholeLook.again(signal), signal);
			({seen, unfinished, planFor} = await openGround(own, first, again, {clock: session.clock, signal, say}));
			if (unfinished !== undefined) keep(unfinished);
			extras = extrasOf(seen, unfinished);
			marked = wanted;
			const offers = offersFor(seen, sourcesFor(session));
			const all = plans();
			const chosen = firstChoice(all, offers, unfinished);
			show({
				clusterName: own.context ?? own.server,
				plans: all,
				extras: offered(chosen?.strategy ?? firstStrategy(all, unfinished)),
				chosen,
				marked: chosen === null ? '' : markedFor(chosen.strategy).says,
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
			const {chosen, plans: all, offers} = shown();
			const wanted = strategy ?? chosen?.strategy ?? firstStrategy(all, unfinished);
			const from = source ?? sourceFor(wanted, all, offers, unfinished);
			prepared = undefined;
			const next = from === undefined ? null : {strategy: wanted, source: from};
			show({chosen: next, prepared: null, marked: markedFor(wanted).says, extras: offered(wanted)});
			if (next !== null) await tryPrepare(next, signal);
		},
		toggle(what) {
			extras = extras.map(extra => (extra.what === what ? {...extra, isOn: !extra.isOn} : extra));
			prepared = undefined;
			const all = plans();
			const {chosen} = shown();
			show({plans: all, prepared: null, extras: offered(chosen?.strategy ?? firstStrategy(all, unfinished))});
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

function insisted(look: Look | undefined, signal: AbortSignal): Look {
	signal.throwIfAborted();
	if (look === undefined) throw new ActionableError('could not read the cluster', 'Press enter to try again; the reason is above.');
	return look;
}
