import type {PodPower} from '../access/pod-powers.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {ActionableError, exitCode} from '../errors.ts';
import type {Journal} from '../repair/journal.ts';
import type {Strategy} from '../diagnosis/strategy.ts';
import type {Choice, Plan} from '../repair/plan/plan.ts';
import {leaveDoubted} from '../repair/run/doubts.ts';
import {repair, undoRun, unfinishedRun, type Ended} from '../repair/run/repair.ts';
import {stepsToUndo} from '../repair/run/rollback.ts';
import {dryRunOnServer} from '../repair/run/server-dry-run.ts';
import type {PastRun, Repair, RepairAct, RunProgress} from '../tui/repair/values.ts';
import {isNothing} from '../tui/repair/wizard.ts';
import type {Store} from '../tui/store.ts';
import type {Ask} from '../session/asker.ts';
import {openConnection} from '../session/connection.ts';
import {look, type Look} from '../session/look.ts';
import {pastJournals} from '../session/past-runs.ts';
import {completeChoice, openPlanner} from '../session/planner.ts';
import {podSummary} from '../session/pod-summary.ts';
import {loadBinaries, prepareRun, runSetting, type PreparedRun, type RepairOwn} from '../session/prepare-run.ts';
import {assertPossible} from '../session/rehearsal.ts';
import {repairTools} from '../session/repair-tools.ts';
import {wholeCluster, type Session} from '../session/session.ts';
import {settledLook} from '../session/settled-look.ts';
import {weighUndo, type Weighed} from '../session/undo.ts';
import {toolWays, type Ways} from '../session/ways.ts';
import {askOnScreen} from './ask-on-screen.ts';
import {askedOf} from './prove-into.ts';
import {afterEvent, beginProgress, pastRunOf} from './run-progress.ts';
import {
	checked,
	chosenOf,
	closed,
	endingOf,
	extrasOf,
	firstChoice,
	firstStrategy,
	offersFor,
	problemOf,
	sourceFor,
} from './wizard-values.ts';

/** Older evidence is not planned with where nobody watches: somebody may have looked at the screen for an hour. Milliseconds. */
const freshFor = 60_000;

export type Wizard = {
	readonly act: (act: RepairAct) => void;
	/** Stops what is under way between two acts and waits for it. @throws ActionableError where that left a run unfinished */
	readonly close: () => Promise<void>;
};

type Seen = {
	/** What was seen last, as soon as no look is under way; undefined where it failed. */
	readonly latest: () => Promise<Look | undefined>;
	readonly lookAgain: () => Promise<Look | undefined>;
	/** How nodes are reached, by the flags. */
	readonly ways: Ways;
	/** Asks the person for a line. */
	readonly askSecret: Ask;
	/** `--portmap`, in order. */
	readonly sources: readonly string[];
	/** Says over the screens what has to be waited for once they are gone. */
	readonly say: (line: string) => void;
};

/** The engine behind the pages of the wizard: does what they ask for and tells what comes of it through the store. */
export function openWizard(store: Store, session: Session, {latest, lookAgain, ways, askSecret, sources: given, say: tell}: Seen): Wizard {
	const ended = new AbortController();
	let stopAct = new AbortController();
	let stopRun = new AbortController();
	let acting: Promise<void> = Promise.resolve();
	let client: ClusterClient | undefined;
	let seen: Look | undefined;
	let planFor: ((choice: Choice) => Plan) | undefined;
	let unfinished: Journal | undefined;
	let prepared: PreparedRun | undefined;
	let weighed: Weighed | undefined;
	let extras: Repair['extras'] = [];
	let marked: readonly string[] = [];
	let wasInterrupted = '';
	const journals = new Map<string, Journal>();

	const shown = (): Repair => store.getSnapshot().repair ?? closed;
	const show = (parts: Partial<Repair>): void => store.update({repair: {...shown(), ...parts}});
	const isRunning = (): boolean => shown().run?.end === null;

	/** One act at a time; a new one ends the one before. What fails is shown and not thrown. */
	const begin = (act: RepairAct, text: string, work: (signal: AbortSignal) => Promise<void>): void => {
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
	};

	/** Acts by the same ways as the looks; a pod that it makes is told among the run's lines. */
	const actingWays = {
		...toolWays(ways),
		async announce(manifest: object, powers: readonly PodPower[]) {
			onEvent({type: 'progress', id: '', text: `making ${podSummary(manifest, powers)}`});
		},
	};

	const connected = async (): Promise<ClusterClient> => (client ??= await openConnection(session));

	/** A repair concerns every node, whichever part of the cluster the screens were asked to show. */
	const isPart = session.scope.nodes.length > 0 || session.scope.selector !== undefined;
	const wholeLookAgain = async (signal: AbortSignal): Promise<Look | undefined> => {
		const {namespace} = session.scope;
		const onNotice = (notice: string): void => store.update({notice});
		return isPart ? look({...session, scope: {...wholeCluster, namespace}, save: undefined, signal}, {ways, onNotice}) : lookAgain();
	};
	const wholeLook = async (signal: AbortSignal): Promise<Look | undefined> => {
		if (isPart) return wholeLookAgain(signal);
		const last = await latest();
		signal.throwIfAborted();
		// What is on the screen is planned with: each step looks again, right before it acts, at what it is about to change.
		const isLive = store.getSnapshot().watching?.isLive === true;
		const isFresh = last !== undefined && (isLive || Date.now() - Date.parse(last.evidence.collectedAt) < freshFor);
		return isFresh || last === undefined ? last : lookAgain();
	};

	const insisted = (look: Look | undefined, signal: AbortSignal): Look => {
		signal.throwIfAborted();
		if (look === undefined) throw new ActionableError('the cluster could not be looked at', 'See above; enter tries again.');
		return look;
	};

	const open = async (wanted: readonly string[], signal: AbortSignal): Promise<void> => {
		const first = insisted(await wholeLook(signal), signal);
		const own = await connected();
		const say = (text: string): void => store.update({phase: {text, since: Date.now()}, progress: {done: 0, total: 0}});
		seen = await settledLook(own, first, async () => insisted(await wholeLookAgain(signal), signal), {clock: session.clock, signal, say});
		say('looking for unfinished runs');
		const namespace = seen.evidence.cilium?.namespace ?? '';
		unfinished = namespace === '' ? undefined : await unfinishedRun(own, namespace, session.clock, signal);
		if (unfinished !== undefined) journals.set(unfinished.id, unfinished);
		planFor = await openPlanner(own, seen, signal);
		extras = extrasOf(seen, unfinished);
		marked = wanted;
		const offers = offersFor(seen, given);
		const chosen = firstChoice(plans().plans, offers, unfinished);
		show({
			clusterName: own.context ?? own.server,
			isDemo: session.demoNetwork !== undefined,
			...plans(),
			chosen,
			marked: chosen === null ? '' : markedFor(chosen.strategy).says,
			offers,
			unfinished: unfinished === undefined ? null : pastRunOf(unfinished, false),
			prepared: null,
			run: null,
			before: null,
		});
		if (chosen !== null && !isNothing(shown())) await tryPrepare(chosen, signal);
	};

	/** Prepares what is chosen; what fails is told as a fault of that and not of whatever led here. */
	const tryPrepare = async (chosen: NonNullable<Repair['chosen']>, signal: AbortSignal): Promise<void> => {
		store.update({phase: {text: 'checking rights and sources', since: Date.now()}});
		try {
			await prepare(chosen, signal);
		} catch (error) {
			if (!signal.aborted) show({problem: {of: 'prepare', source: chosen.source, ...problemOf(error)}});
		}
	};

	/** Another strategy or source; a source that was asked for by none stays open. */
	const choose = async ({strategy, source}: Extract<RepairAct, {do: 'choose'}>, signal: AbortSignal): Promise<void> => {
		const {chosen, plans: all, offers} = shown();
		const wanted = strategy ?? chosen?.strategy ?? firstStrategy(all, unfinished);
		const from = source ?? sourceFor(wanted, all, offers, unfinished);
		prepared = undefined;
		const next = from === undefined ? null : {strategy: wanted, source: from};
		show({chosen: next, prepared: null, marked: markedFor(wanted).says});
		if (next !== null) await tryPrepare(next, signal);
	};

	/** What nodes that were marked are for: to be repaired alone, where the settings of the cluster need no change, else the first of them goes first. */
	const markedFor = (strategy: Strategy): {readonly choice: Pick<Choice, 'nodes' | 'canary'>; readonly says: string} => {
		const [first] = marked;
		if (first === undefined) return {choice: {nodes: session.scope.nodes}, says: ''};
		const alone = planFor?.({strategy, sources: [], nodes: marked});
		if (alone?.refusals.length === 0) return {choice: {nodes: marked}, says: `Only the marked nodes: ${marked.join(', ')}`};
		const why = marked.length === 1 ? '' : ': cilium-config counts for all nodes, so the others follow';
		return {choice: {nodes: session.scope.nodes, canary: first}, says: `${first} goes first, as marked${why}`};
	};

	const asked = (strategy: Strategy) => ({strategy, ...markedFor(strategy).choice, ...chosenOf(extras, strategy)});
	const plans = (): Pick<Repair, 'plans' | 'extras'> => {
		const planned = (strategy: Strategy): Plan | undefined => planFor?.({...asked(strategy), sources: []});
		const [portmap, native] = [planned('portmap'), planned('native')];
		return {extras, plans: portmap === undefined || native === undefined ? null : {portmap, native}};
	};

	const prepare = async ({strategy, source}: NonNullable<Repair['chosen']>, signal: AbortSignal): Promise<void> => {
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
			...actingWays,
			environment: session.environment,
			clock: session.clock,
			signal: AbortSignal.any([session.signal, ended.signal, reading.signal]),
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
			before: store.getSnapshot().diagnosis ?? seen.diagnosis,
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

	/** Carries out a run or undoes one; the page sees it from its first moment. */
	const carryOut = (progress: RunProgress, work: (signal: AbortSignal) => Promise<Ended>): void => {
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
			const end = await endingOf(work(signal), progress.since, signal, journal => journals.set(journal.id, journal));
			show({run: {...(shown().run ?? progress), end}, unfinished: null, prepared: null});
			wasInterrupted = end.outcome === 'interrupted' && (ended.signal.aborted || session.signal.aborted) ? progress.id : '';
			store.update({phase: null});
			if (!ended.signal.aborted && !session.signal.aborted) await lookAgain();
		})();
	};

	const showAnswers = (parts: Partial<Pick<RunProgress, 'asked' | 'answered'>>): void => {
		const {run} = shown();
		if (run !== null) show({run: {...run, ...parts}});
	};

	const onEvent = (event: Parameters<typeof afterEvent>[1]): void => {
		const {run} = shown();
		if (run !== null) show({run: afterEvent(run, event, Date.now())});
	};

	const run = (): void => {
		const ready = prepared;
		const own = client;
		if (ready === undefined || own === undefined || isRunning()) return;
		prepared = undefined;
		const {journal, todo} = ready.continued;
		const steps = journal.plan.steps.filter(({id}) => todo.has(id));
		carryOut(beginProgress('repair', journal.id, steps, Date.now()), async signal => {
			const agreed = await askOnScreen(askSecret, ready.doubts, signal);
			const left = ready.doubts.filter(({id}) => !agreed.includes(id));
			const vouched = [...ready.vouched, ...agreed];
			const setting = runSetting(own, ready.tools, {environment: session.environment, signal, vouched, onEvent});
			return repair(leaveDoubted(ready.continued, left), setting, {autoRollback: false});
		});
	};

	const weigh = async (id: string, signal: AbortSignal): Promise<Weighed> => {
		const journal = journals.get(id);
		const evidence = seen?.evidence ?? store.getSnapshot().evidence;
		if (journal === undefined || evidence === null) throw new ActionableError('the cluster was not looked at', 'Go back and press r.');
		return weighUndo(await connected(), journal, evidence, {...session, signal});
	};

	const showDoubts = async (id: string, signal: AbortSignal): Promise<void> => {
		show({doubts: null});
		weighed = await weigh(id, signal);
		show({doubts: {run: id, items: weighed.doubts}});
	};

	const undo = (id: string): void => {
		const own = client;
		const past = journals.get(id);
		if (past === undefined || own === undefined || isRunning()) return;
		const diagnosis = store.getSnapshot().diagnosis;
		show({before: diagnosis});
		carryOut(beginProgress('rollback', id, stepsToUndo(past), Date.now()), async signal => {
			const evidence = seen?.evidence ?? store.getSnapshot().evidence;
			if (evidence === null) throw new ActionableError('the cluster was not looked at', 'Go back and press r.');
			const {journal, doubts, vouched} = weighed?.journal.id === id ? weighed : await weigh(id, signal);
			const agreed = await askOnScreen(askSecret, doubts, signal);
			const {environment, clock} = session;
			const tools = repairTools({...actingWays, client: own, evidence, run: id, sources: [], environment, clock, signal});
			return undoRun(journal, runSetting(own, tools, {environment, signal, vouched: [...vouched, ...agreed], onEvent}));
		});
	};

	const listRuns = async (signal: AbortSignal): Promise<void> => {
		seen = await latest();
		const own = await connected();
		const found = await pastJournals(own, seen?.evidence.cilium?.namespace ?? '', session.environment, signal);
		for (const journal of found.journals) journals.set(journal.id, journal);
		const runs: PastRun[] = found.journals.map(journal => pastRunOf(journal, false));
		const damaged = found.damaged.map(({name, error}) => ({name, ...problemOf(error)}));
		show({runs, damaged, clusterName: own.context ?? own.server, isDemo: session.demoNetwork !== undefined});
	};

	return {
		act(act) {
			if (act.do === 'stop') {
				stopRun.abort(new ActionableError('stopped by you', 'Go on or roll back when you like.', {exitCode: exitCode.interrupted}));
				const {run: running} = shown();
				if (running !== null) show({run: {...running, isStopping: true}});
			} else if (isRunning()) return;
			else if (act.do === 'open') begin(act, 'asking the cluster', async signal => open(act.marked, signal));
			else if (act.do === 'choose') begin(act, 'checking rights and sources', async signal => choose(act, signal));
			else if (act.do === 'prepare') begin(act, 'checking rights and sources', async signal => prepare(act, signal));
			else if (act.do === 'weigh') begin(act, 'looking at its journal', async signal => showDoubts(act.run, signal));
			else if (act.do === 'listRuns') begin(act, 'looking for past runs', listRuns);
			else if (act.do === 'toggle') {
				extras = extras.map(extra => (extra.what === act.what ? {...extra, isOn: !extra.isOn} : extra));
				prepared = undefined;
				show({...plans(), prepared: null});
				const {chosen} = shown();
				// A choice may make a source needful that nobody was asked for.
				const again = {
					do: 'choose',
					...(chosen !== null && {strategy: chosen.strategy}),
					...(chosen?.source && {source: chosen.source}),
				} as const;
				begin(again, 'checking rights and sources', async signal => choose(again, signal));
			} else if (act.do === 'run') run();
			else undo(act.run);
		},
		async close() {
			if (isRunning()) tell('Waiting for the act under way to end …');
			ended.abort();
			stopAct.abort();
			await acting;
			await client?.close();
			if (wasInterrupted !== '')
				throw new ActionableError(
					`the run ${wasInterrupted} was interrupted`,
					`Go on: kubectl hostport fix. Undo: kubectl hostport rollback ${wasInterrupted}`,
					{exitCode: exitCode.interrupted},
				);
		},
	};
}
