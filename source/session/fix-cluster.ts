import {nodesIn} from '../choices.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {exitCode, type ExitCode} from '../errors.ts';
import {assertNodes} from '../near-names.ts';
import type {Finding} from '../diagnosis/diagnosis.ts';
import type {Journal} from '../repair/journal.ts';
import {assertNoGaps} from '../repair/plan/gaps.ts';
import type {Choice, Plan} from '../repair/plan/plan.ts';
import {runResult, type Run, type RunEnd} from '../repair/run/runner.ts';
import {dryRunOnServer} from '../repair/run/server-dry-run.ts';
import {assertSources} from '../repair/sources/index.ts';
import {withoutCredentials} from '../repair/sources/shown-source.ts';
import {conclusionOf, nothingToDo} from './conclusion.ts';
import {withConnection} from './connection.ts';
import type {Dialogue} from './dialogue.ts';
import {guided} from './guide.ts';
import {look, type Look} from './look.ts';
import {bringBackLost} from './lost-pods.ts';
import type {Opened} from './opened.ts';
import {assertStrategyNamed, completeChoice, openGround, type Ground} from './planner.ts';
import {carryOut, loadBinaries, prepareRun, type LoadedBinary, type RepairOwn, type RunOwn} from './prepare-run.ts';
import {askedFor} from './questions.ts';
import {assertPossible} from './rehearsal.ts';
import {offersFor} from './source-offers.ts';
import {sourcesFor, wholeCluster, type Session} from './session.ts';
import {toolAccesses} from './node-accesses.ts';

/** What a repair is asked for. */
export type FixWishes = {
	/** What is open is asked for, or recommended. */
	readonly choice: Partial<Choice>;
	/** `client`: the plan only; `server`: the API server checks its changes too. */
	readonly dryRun: 'none' | 'client' | 'server';
	readonly autoRollback: boolean;
	/** `--portmap-sha256`. */
	readonly expectedSum: string | undefined;
};

/** Shown what a repair comes to. */
export type FixShows = Pick<RunOwn, 'onEvent'> & {
	/** Told that nothing more comes to `onEvent`. */
	readonly onLastEvent: () => void;
	/** What is to be repaired, before anything is asked. */
	readonly cause: (finding: Finding) => void;
	readonly refusal: (plan: Plan) => void;
	readonly nothing: (run: Run, lines: readonly string[]) => void;
	/** What will be done; `resumed`: by a run that was begun before. */
	readonly plan: (ahead: Plan, resumed: Journal | undefined) => void;
	readonly binary: (loaded: LoadedBinary) => void;
	readonly end: (run: Run, end: RunEnd, lines: readonly string[]) => void;
};

/** Looks, plans, asks, carries out, proves. An unfinished run is resumed. @throws ActionableError where that is not possible */
export async function fixCluster(opened: Opened, wishes: FixWishes, dialogue: Dialogue, shows: FixShows): Promise<ExitCode> {
	const {session, accesses, onProgress, onNotice, onLooked} = opened;
	const {clock, signal} = session;
	const {say} = dialogue;
	const sources = sourcesFor(session, wishes.choice.sources);
	await assertSources(sources);
	const whole: Session = {...session, scope: wholeCluster(session.scope)};
	const lookOnce = async (): Promise<Look> => look(whole, {onProgress, onNotice, accesses});
	const first = await lookOnce().finally(onLooked);
	assertNamedNodes(wishes.choice, first);
	return withConnection(session, async client => {
		const ground = await openGround(client, first, lookOnce, {clock, signal, say});
		const {seen, unfinished, namespace, planFor} = ground;
		if (unfinished === undefined) assertStrategyNamed(seen.evidence, seen.diagnosis.cluster.cilium.version, wishes.choice.strategy);
		const chosen = (more: Partial<Choice>): Plan => planFor(completeChoice({...wishes.choice, sources, ...more}, seen, unfinished));
		const [cause] = seen.diagnosis.findings;
		if (!dialogue.isUnasked && cause?.severity === 'error') shows.cause(cause);
		const guide =
			unfinished === undefined
				? await guided(dialogue, chosen, {...wishes.choice, sources}, offersFor(seen, []))
				: {chosen: {}, plan: chosen({})};
		const plan = await askedFor(dialogue, guide.plan, more => chosen({...guide.chosen, ...more}));
		const code = await decide({...opened, ...ground, client, plan}, wishes, dialogue, shows);
		// Who was interrupted, or has lost the terminal, has an exit code already; the next command looks for lost pods.
		if (signal.aborted || unfinished !== undefined || namespace === '') return code;
		return bringBackLost(client, namespace, {code, isDry: wishes.dryRun !== 'none'}, dialogue, session);
	});
}

/** Every node that was named has to be there, where nodes could be listed. @throws UsageError */
function assertNamedNodes(choice: Partial<Choice>, {evidence: {nodes, gaps}}: Look): void {
	if (gaps.some(({what}) => what === 'nodes')) return;
	const known = nodes.map(({name}) => name);
	assertNodes([...(choice.nodes ?? []), ...nodesIn(choice)], known);
}

type Planned = Opened & Ground & {readonly client: ClusterClient; readonly plan: Plan};

async function decide(
	{session, accesses, client, seen: {evidence, diagnosis}, plan, unfinished}: Planned,
	{dryRun, autoRollback, expectedSum}: FixWishes,
	dialogue: Dialogue,
	shows: FixShows,
): Promise<ExitCode> {
	const {environment, clock, signal} = session;
	const isDry = dryRun !== 'none';
	// Before refusals: what could not be read is no reason that was seen.
	if (dialogue.isUnasked && !isDry) assertNoGaps(evidence);
	if (plan.refusals.length > 0) {
		shows.refusal(withoutCredentials(plan));
		return exitCode.faults;
	}

	if (plan.steps.length === 0 && unfinished === undefined) {
		const {run, lines, code} = nothingToDo(plan, {evidence, diagnosis});
		shows.nothing(run, lines);
		return code;
	}

	const acting: RepairOwn = {...toolAccesses(accesses), expectedSum, environment, clock, signal};
	const ready = await prepareRun(client, evidence, plan, unfinished, acting);
	const {ahead, tools, doubts} = ready;
	shows.plan(ahead, unfinished);
	if (isDry) await dialogue.askDoubts(doubts);
	if (dryRun === 'client') return exitCode.ok;
	await assertPossible(client, evidence, ahead, acting);
	// Everything is read and checked before anything is changed.
	for (const binary of await loadBinaries(ahead, tools, signal)) shows.binary(binary);
	if (dryRun === 'server') {
		for (const line of await dryRunOnServer(client, ahead, signal)) dialogue.say(line);
		return exitCode.ok;
	}

	const {agreed, left} = await dialogue.askDoubts(doubts);
	await dialogue.confirm(client.context ?? client.server);
	const {journal, end} = await carryOut(client, ready, {environment, signal, agreed, onEvent: shows.onEvent}, {autoRollback}).finally(
		shows.onLastEvent,
	);
	const result = runResult(journal, end);
	const {lines, code} = conclusionOf(result, journal);
	shows.end(result, end, lines);
	return result.outcome === 'incomplete' && left.length > 0 ? exitCode.rollbackFailed : code;
}
