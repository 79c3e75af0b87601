import type {AnnouncePod} from '../access/host-pod.ts';
import {ActionableError, messageOf} from '../errors.ts';
import type {CollectProgress} from '../evidence/collect.ts';
import type {Strategy} from '../diagnosis/strategy.ts';
import type {Evidence, NodeEvidence} from '../evidence/evidence.ts';
import {isStandardOutput} from '../named-file.ts';
import {shouldColour} from '../output/colour.ts';
import {runTui} from '../tui/run-tui.tsx';
import type {Asked} from '../output/proof-matrix.ts';
import type {Question} from '../proof/probes.ts';
import type {PodResult, ProofResult} from '../proof/proof.ts';
import type {Making} from '../tui/state.ts';
import {createStore, type LiveProof, type Store} from '../tui/store.ts';
import {podSummary} from './announcer.ts';
import {textFlag} from './flag-values.ts';
import type {RepairAct} from '../tui/repair/values.ts';
import type {CommandContext} from './command.ts';
import {followCluster} from './follow-cluster.ts';
import type {Look} from './look.ts';
import type {Wizard} from './repair-wizard.ts';
import {screenAsker, type ScreenAsker} from './screen-asker.ts';
import {proofWays, withWays, type Ways} from './ways.ts';

/** Milliseconds between two judgements of evidence that is still coming in. */
const judgementInterval = 500;

/**
 * The terminal UI over one cluster or one saved file: draws first, looks while it is shown, looks again when asked.
 * @throws ActionableError where the last look failed: what the screen said is gone with it, so it is said again
 */
export async function runTuiSession(context: CommandContext): Promise<void> {
	const store = createStore(textFlag(context.flags, 'from') ?? textFlag(context.flags, 'context') ?? '');
	const {asker, answer} = screenAsker(store);
	const announce: AnnouncePod = async (manifest, powers) => {
		if (powers.length > 0) tellPhase(store, `making ${podSummary(manifest, powers)}`);
	};
	// For as long as the screens are shown: whoever has given a passphrase is not asked again at the next look.
	await withWays(context, {asker, announce}, async ways => showScreens(context, store, {asker, answer}, ways));
	const {failure} = store.getSnapshot();
	if (failure !== null) throw new ActionableError(failure.message, failure.hint);
}

async function showScreens(context: CommandContext, store: Store, {asker, answer}: ScreenAsker, ways: Ways): Promise<void> {
	let stop = new AbortController();
	let looking: Promise<Look | undefined> = Promise.resolve(undefined);
	let newest: Look | undefined;
	let wizard: Promise<Wizard> | undefined;
	let proving: Promise<void> | undefined;

	const lookOnce = async (before: Promise<unknown>, {signal}: AbortController, isQuiet: boolean): Promise<Look | undefined> => {
		await before;
		const look = await lookInto(store, {...context, signal: AbortSignal.any([context.signal, signal])}, ways, isQuiet);
		newest = look ?? newest;
		return look;
	};
	const lookAgain = async (isQuiet = false): Promise<Look | undefined> => {
		stop.abort();
		stop = new AbortController();
		looking = lookOnce(looking, stop, isQuiet);
		return looking;
	};
	const latest = async (): Promise<Look | undefined> => (await looking) ?? newest;
	// The engine is loaded when it is first needed: whoever only looks does not wait for it.
	const wizardOf = async (): Promise<Wizard> => {
		const {openWizard} = await import('./repair-wizard.ts');
		return openWizard(store, context, {latest, lookAgain: async () => lookAgain(), ways, askSecret: asker.questions.askSecret});
	};
	const isLive = textFlag(context.flags, 'from') === undefined;

	const shown = runTui(
		store,
		{
			refresh: () => void lookAgain(),
			verify(making) {
				proving ??= proveInto(store, context, {stop: stop.signal, making, ways}).finally(() => {
					proving = undefined;
				});
			},
			quit() {
				stop.abort();
			},
			answer,
			async save(file) {
				if (newest === undefined) throw new ActionableError('nothing to save yet', 'Wait until all nodes have answered.');
				if (isStandardOutput(file)) throw new ActionableError('standard output is this screen', 'Name a file.');
				const {save} = await import('./save.ts');
				return save(context, file, newest.evidence);
			},
			...(isLive && {
				repair(act: RepairAct) {
					wizard ??= wizardOf();
					void wizard.then(({act: begin}) => begin(act));
				},
			}),
		},
		{colour: shouldColour(undefined, context.stdout, context.environment), signal: context.signal},
	);
	void lookAgain();
	const left = new AbortController();
	const following = isLive
		? followCluster(store, {
				latest,
				lookQuietly: async () => lookAgain(true),
				connect: async () => (await import('./connection.ts')).openConnection(context),
				signal: AbortSignal.any([context.signal, left.signal]),
			})
		: undefined;
	await shown;
	stop.abort();
	left.abort();
	await (await wizard)?.close();
	await Promise.all([looking, proving, following]);
}

/** One look, told to the store as it goes on, or at its end alone where it is quiet. Undefined where it failed: then the store says why. */
async function lookInto(store: Store, context: CommandContext, ways: Ways, isQuiet: boolean): Promise<Look | undefined> {
	const since = Date.now();
	// What was seen stays until all is seen anew: half of it would say of nodes that were judged that nobody asked them.
	const isFirst = store.getSnapshot().evidence === null;
	if (!isQuiet) {
		store.update({
			phase: {text: store.getSnapshot().phase?.text ?? 'looking again', since},
			failure: null,
			notice: null,
			progress: {done: 0, total: 0},
		});
	}

	const [{look}, {diagnose}, {recommendStrategy}, {view}, {neededChanges}] = await Promise.all([
		import('./look.ts'),
		import('../diagnosis/diagnose.ts'),
		import('../diagnosis/strategy.ts'),
		import('../diagnosis/view.ts'),
		import('../repair/needed-change.ts'),
	]);
	const judge = (evidence: Evidence, diagnosis = diagnose(evidence)): Strategy => {
		const {strategy} = recommendStrategy(view(evidence));
		store.update({evidence, diagnosis, changes: neededChanges(evidence, strategy)});
		return strategy;
	};

	const partial = partialEvidence(evidence => void judge(evidence));
	ways.ssh?.session.askAgain();
	try {
		const found = await look(context, {
			ways,
			onConnection({server, context: name}) {
				store.update({title: {server, context: name ?? ''}});
			},
			onNotice: notice => store.update({notice}),
			onProgress(progress) {
				if (!isQuiet && progress.type === 'phase') store.update({phase: {text: progress.text, since}});
				if (!isQuiet && progress.type === 'node') store.update({phase: {text: 'asking', since}, progress});
				if (isFirst) partial.add(progress);
			},
		});
		partial.stop();
		const strategy = judge(found.evidence, found.diagnosis);
		const {makePlan} = await import('../repair/make-plan.ts');
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
		if (context.signal.aborted) return undefined;
		const hint = error instanceof ActionableError ? error.hint : 'Press r to look again.';
		store.update({...(!isQuiet && {phase: null}), failure: {message: messageOf(error), hint}});
		return undefined;
	}
}

/** Another word for what is under way, where anything is. */
function tellPhase(store: Store, text: string): void {
	const {phase} = store.getSnapshot();
	if (phase !== null) store.update({phase: {...phase, text}});
}

/** Connects to every hostPort of what was seen last, told to the store as it goes on; a notice says where it cannot. */
async function proveInto(
	store: Store,
	context: CommandContext,
	{stop, making, ways}: {readonly stop: AbortSignal; readonly making: Making; readonly ways: Ways},
): Promise<void> {
	const {evidence, diagnosis, phase} = store.getSnapshot();
	const since = Date.now();
	if (phase !== null || evidence === null || diagnosis === null)
		return store.update({notice: 'verify: wait until all nodes have answered'});
	if (textFlag(context.flags, 'from') !== undefined) return store.update({notice: 'verify: saved evidence has no ports to connect to'});
	const [{openConnection}, {nodeForTestPod, proveHostPorts}, {summaryOf}] = await Promise.all([
		import('./connection.ts'),
		import('../proof/prove-host-ports.ts'),
		import('../proof/judge.ts'),
	]);
	const nothing = {asked: [], results: [], pods: [], unasked: [], skipped: [], summary: '', isUnderWay: true};
	store.update({phase: {text: 'connecting to hostPorts', since}, progress: {done: 0, total: 0}, notice: null, proof: nothing});
	const change = (parts: Partial<LiveProof>): void => store.update({proof: {...(store.getSnapshot().proof ?? nothing), ...parts}});
	const signal = AbortSignal.any([context.signal, stop]);
	try {
		const client = await openConnection({...context, signal});
		const results: ProofResult[] = [];
		try {
			const pods: PodResult[] = [];
			const proof = await proveHostPorts(client, {
				evidence,
				diagnosis,
				signal,
				generatedAt: new Date(since).toISOString(),
				...proofWays(ways),
				demoNetwork: context.demoNetwork,
				withPods: making === 'pods',
				settle: true,
				onSettle: () => store.update({phase: {text: 'an agent has just started: asking again', since}}),
				testPodOn: making === 'test pod' ? [nodeForTestPod(evidence)?.name ?? ''] : [],
				onQuestions: questions => change({asked: questions.flatMap(askedOf)}),
				onResult(result) {
					results.push(result);
					change({results: [...results]});
				},
				onPod(pod) {
					pods.push(pod);
					change({pods: [...pods]});
				},
			});
			change({...proof, summary: summaryOf(proof), isUnderWay: false});
		} finally {
			await client.close();
		}
	} catch (error) {
		change({isUnderWay: false});
		if (!signal.aborted) store.update({notice: `verify: ${messageOf(error)}`});
	} finally {
		// A look that was asked for meanwhile has the phase now.
		if (store.getSnapshot().phase?.since === since) store.update({phase: null});
	}
}

function askedOf({probe: {address}, from, ...question}: Question): readonly Asked[] {
	return from === 'own-address' ? [] : [{...question, from, address}];
}

/** Puts the nodes that have answered into the evidence of the API part, and hands it over now and then while they come. */
function partialEvidence(judge: (evidence: Evidence) => void): {add(progress: CollectProgress): void; stop(): void} {
	let base: Evidence | undefined;
	const answered = new Map<string, NodeEvidence>();
	let timer: NodeJS.Timeout | undefined;
	const judgeNow = (): void => {
		timer = undefined;
		if (base !== undefined) judge({...base, nodes: base.nodes.map(node => answered.get(node.name) ?? node)});
	};

	return {
		add(progress) {
			if (progress.type === 'cluster') base = progress.evidence;
			if (progress.type === 'node') answered.set(progress.node.name, progress.node);
			if (progress.type !== 'phase') timer ??= setTimeout(judgeNow, judgementInterval).unref();
		},
		stop() {
			clearTimeout(timer);
		},
	};
}
