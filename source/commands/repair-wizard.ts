import type {ClusterClient} from '../cluster/cluster-client.ts';
import {ActionableError, exitCode, messageOf} from '../errors.ts';
import type {Journal} from '../repair/journal.ts';
import type {Choice, Plan} from '../repair/plan.ts';
import {noNetworkLabel} from '../proof/probes.ts';
import type {Proof} from '../proof/proof.ts';
import {proveHostPorts} from '../proof/prove-host-ports.ts';
import {stepsOf} from '../repair/plan.ts';
import {repair, undoRun, unfinishedRun, type Ended} from '../repair/repair.ts';
import {stepsToUndo} from '../repair/rollback.ts';
import {runResult} from '../repair/runner.ts';
import {dryRunOnServer} from '../repair/server-dry-run.ts';
import type {CheckedBinary, PastRun, Repair, RepairAct, RunProgress, SourceOffer} from '../tui/repair/values.ts';
import type {Store} from '../tui/store.ts';
import type {CommandContext} from './command.ts';
import {openConnection} from './connection.ts';
import {textsFlag} from './flag-values.ts';
import type {Look} from './look.ts';
import {pastJournals} from './past-runs.ts';
import {
	assertPermitted,
	completeChoice,
	conclusionOf,
	goodNodes,
	loadBinaries,
	openPlanner,
	prepareRun,
	runSetting,
	type LoadedBinary,
	type PreparedRun,
} from './repair-session.ts';
import {repairTools} from './repair-tools.ts';
import {afterEvent, beginProgress, pastRunOf} from './run-progress.ts';

/** Known to be free of the holes that are known (known-versions.ts). */
const goodRelease = 'release:1.9.1';
/** Older evidence is not planned with: somebody may have looked at the screen for an hour. Milliseconds. */
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
};

/** The engine behind the pages of the wizard: does what they ask for and tells what comes of it through the store. */
export function openWizard(store: Store, context: CommandContext, {latest, lookAgain}: Seen): Wizard {
	const ended = new AbortController();
	let stopAct = new AbortController();
	let stopRun = new AbortController();
	let acting: Promise<void> = Promise.resolve();
	let client: ClusterClient | undefined;
	let seen: Look | undefined;
	let planFor: ((choice: Choice) => Plan) | undefined;
	let unfinished: Journal | undefined;
	let prepared: PreparedRun | undefined;
	let wasInterrupted = '';
	const journals = new Map<string, Journal>();

	const shown = (): Repair => store.getSnapshot().repair ?? closed;
	const show = (parts: Partial<Repair>): void => store.update({repair: {...shown(), ...parts}});
	const isRunning = (): boolean => shown().run?.end === null;

	/** One act at a time; a new one ends the one before. What fails is shown and not thrown. */
	const begin = (act: RepairAct, text: string, work: (signal: AbortSignal) => Promise<void>): void => {
		stopAct.abort();
		const own = (stopAct = new AbortController());
		const signal = AbortSignal.any([context.signal, ended.signal, own.signal]);
		const before = acting;
		show({problem: null});
		acting = (async () => {
			await before;
			if (signal.aborted) return;
			store.update({phase: {text, since: Date.now()}, progress: {done: 0, total: 0}, notice: null});
			try {
				await work(signal);
			} catch (error) {
				const source = act.do === 'prepare' ? act.source : '';
				if (!signal.aborted) show({problem: {of: act.do, source, ...problemOf(error)}});
			} finally {
				store.update({phase: null});
			}
		})();
	};

	const connected = async (): Promise<ClusterClient> => (client ??= await openConnection(context));

	const open = async (signal: AbortSignal): Promise<void> => {
		seen = await latest();
		signal.throwIfAborted();
		if (seen !== undefined && Date.now() - Date.parse(seen.evidence.collectedAt) > freshFor) seen = await lookAgain();
		signal.throwIfAborted();
		if (seen === undefined) throw new ActionableError('the cluster could not be looked at', 'See above; enter tries again.');
		store.update({phase: {text: 'looking for unfinished runs', since: Date.now()}, progress: {done: 0, total: 0}});
		const own = await connected();
		const namespace = seen.evidence.cilium?.namespace ?? '';
		unfinished = namespace === '' ? undefined : await unfinishedRun(own, namespace, signal);
		if (unfinished !== undefined) journals.set(unfinished.id, unfinished);
		planFor = await openPlanner(own, seen, signal);
		const withoutSource = {nodes: context.words, sources: []};
		const {nodes} = seen.evidence;
		show({
			clusterName: own.context ?? own.server,
			isDemo: nodes.length > 0 && nodes.every(({labels}) => noNetworkLabel in labels),
			plans: {portmap: planFor({...withoutSource, strategy: 'portmap'}), native: planFor({...withoutSource, strategy: 'native'})},
			offers: offersFor(seen, textsFlag(context.flags, 'portmap')),
			unfinished: unfinished === undefined ? null : pastRunOf(unfinished, false),
			prepared: null,
			run: null,
			before: null,
		});
	};

	const prepare = async ({strategy, source}: Extract<RepairAct, {do: 'prepare'}>, signal: AbortSignal): Promise<void> => {
		if (planFor === undefined || seen === undefined) return;
		const own = await connected();
		const sources = source.split(',').map(each => each.trim()).filter(Boolean); // prettier-ignore
		const plan = planFor(completeChoice({strategy, sources, nodes: context.words}, seen, unfinished));
		const ready = prepareRun(own, seen.evidence, plan, unfinished, {environment: context.environment, signal});
		const isRefused = plan.refusals.length > 0;
		if (!isRefused) await assertPermitted(own, plan, signal);
		const binaries = isRefused ? [] : await loadBinaries(plan, ready.tools, signal);
		const serverSays = isRefused ? [] : await dryRunOnServer(own, plan, signal);
		store.update({phase: {text: 'connecting to hostPorts as they are', since: Date.now()}});
		const proof = isRefused ? null : await proofOf(own, seen, signal);
		prepared = ready;
		show({
			before: {diagnosis: seen.diagnosis, proof},
			prepared: {strategy, source, plan, binaries: binaries.map(binary => checked(binary, plan)), serverSays},
		});
	};

	/** Carries out a run or undoes one; the page sees it from its first moment. */
	const carryOut = (progress: RunProgress, work: (signal: AbortSignal) => Promise<Ended>): void => {
		stopAct.abort();
		stopRun = new AbortController();
		const signal = AbortSignal.any([context.signal, ended.signal, stopRun.signal]);
		const before = acting;
		const text = progress.kind === 'repair' ? 'repairing' : 'rolling back';
		show({run: progress, problem: null});
		store.update({phase: {text, since: progress.since}, progress: {done: 0, total: 0}, notice: null});
		acting = (async () => {
			await before;
			store.update({phase: {text, since: progress.since}});
			const end = await endingOf(progress, work, signal);
			show({run: {...(shown().run ?? progress), end}, unfinished: null, prepared: null});
			wasInterrupted = end.outcome === 'interrupted' && (ended.signal.aborted || context.signal.aborted) ? progress.id : '';
			store.update({phase: null});
			if (!ended.signal.aborted && !context.signal.aborted) await lookAgain();
		})();
	};

	const endingOf = async (
		progress: RunProgress,
		work: (signal: AbortSignal) => Promise<Ended>,
		signal: AbortSignal,
	): Promise<NonNullable<RunProgress['end']>> => {
		const seconds = (): number => (Date.now() - progress.since) / 1000;
		try {
			const {journal, end} = await work(signal);
			journals.set(journal.id, journal);
			const {lines} = conclusionOf(runResult(journal, end), journal);
			const isWell = end.outcome === 'done' || end.outcome === 'rolled-back' || end.outcome === 'interrupted';
			const {message, hint} = end.error === undefined || isWell ? {message: '', hint: ''} : problemOf(end.error);
			return {
				outcome: end.outcome,
				seconds: seconds(),
				message,
				hint,
				lines,
				remaining: end.outcome === 'done' ? leftOver(journal.plan) : [],
				proof: (end.proof as Proof | undefined) ?? null,
				past: pastRunOf(journal, true),
			};
		} catch (error) {
			const isStopped = signal.aborted;
			const {message, hint} = isStopped ? {message: '', hint: ''} : problemOf(error);
			const lines = [
				isStopped ? 'Stopped before anything was changed.' : 'The run could not be begun, or its journal could not be written.',
			];
			return {
				outcome: isStopped ? 'interrupted' : 'failed',
				seconds: seconds(),
				message,
				hint,
				lines,
				remaining: [],
				proof: null,
				past: null,
			};
		}
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
		carryOut(beginProgress('repair', journal.id, steps, Date.now()), async signal =>
			repair(ready.continued, runSetting(own, ready.tools, {environment: context.environment, signal, onEvent}), {autoRollback: false}),
		);
	};

	const undo = (id: string): void => {
		const journal = journals.get(id);
		const own = client;
		if (journal === undefined || own === undefined || isRunning()) return;
		const diagnosis = store.getSnapshot().diagnosis;
		if (diagnosis !== null) show({before: {diagnosis, proof: null}});
		carryOut(beginProgress('rollback', id, stepsToUndo(journal), Date.now()), async signal => {
			const evidence = seen?.evidence ?? store.getSnapshot().evidence;
			if (evidence === null) throw new ActionableError('the cluster was not looked at', 'Go back and press r.');
			const tools = repairTools({client: own, evidence, run: id, sources: [], environment: context.environment, signal});
			return undoRun(journal, runSetting(own, tools, {environment: context.environment, signal, onEvent}));
		});
	};

	const listRuns = async (signal: AbortSignal): Promise<void> => {
		seen = await latest();
		const own = await connected();
		const found = await pastJournals(own, seen?.evidence.cilium?.namespace ?? '', context.environment, signal);
		for (const journal of found.journals) journals.set(journal.id, journal);
		const runs: PastRun[] = found.journals.map(journal => pastRunOf(journal, false));
		show({runs, clusterName: own.context ?? own.server});
	};

	return {
		act(act) {
			if (act.do === 'stop') {
				stopRun.abort(new ActionableError('stopped by you', 'Go on or roll back when you like.', {exitCode: exitCode.interrupted}));
				const {run: running} = shown();
				if (running !== null) show({run: {...running, isStopping: true}});
			} else if (isRunning()) return;
			else if (act.do === 'open') begin(act, 'asking the cluster', open);
			else if (act.do === 'prepare') begin(act, 'checking rights and sources', async signal => prepare(act, signal));
			else if (act.do === 'listRuns') begin(act, 'looking for past runs', listRuns);
			else if (act.do === 'run') run();
			else undo(act.run);
		},
		async close() {
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

const closed: Repair = {
	problem: null,
	clusterName: '',
	isDemo: false,
	plans: null,
	offers: [],
	unfinished: null,
	prepared: null,
	run: null,
	before: null,
	runs: null,
};

function problemOf(error: unknown): {message: string; hint: string} {
	return {message: messageOf(error), hint: error instanceof ActionableError ? error.hint : ''};
}

/** What was given first, then nodes that have a good one, then the official archive. */
function offersFor({evidence}: Look, given: readonly string[]): SourceOffer[] {
	return [
		...(given.length > 0 ? [{source: given.join(', '), says: 'as it was given'}] : []),
		...goodNodes(evidence).map(source => ({source, says: 'has run there; the same architecture as its node'})),
		{source: goodRelease, says: 'the official archive, fetched by this machine from github.com'},
	];
}

function checked({portmap, warnings}: LoadedBinary, plan: Plan): CheckedBinary {
	const {architecture, version, sha256, content, origin} = portmap;
	const nodes = stepsOf(plan, 'put-binary').filter(({parameters}) => parameters.architecture === architecture).length;
	return {architecture, version, sha256, size: content.length, origin, nodes, warnings};
}

/** What the page before the confirmation has warned about is named again where it is left to do. */
function leftOver({remaining, warnings}: Plan): string[] {
	const commit = warnings.find(({hint}) => hint.startsWith('Commit'));
	return commit === undefined ? [...remaining] : [commit.hint, ...remaining.filter(line => !line.startsWith('Commit'))];
}

/** What a person meets now, for the comparison at the end; a proof that cannot be made hinders no repair. */
async function proofOf(client: ClusterClient, {evidence, diagnosis}: Look, signal: AbortSignal): Promise<Proof | null> {
	try {
		return await proveHostPorts(client, {evidence, diagnosis, signal, generatedAt: new Date().toISOString(), fromClient: false});
	} catch {
		signal.throwIfAborted();
		return null;
	}
}
