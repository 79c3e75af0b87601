import {stat} from 'node:fs/promises';
import {ActionableError} from '../errors.ts';
import {isStandardOutput} from '../named-file.ts';
import {shouldColour} from '../output/colour.ts';
import type {Look} from '../session/look.ts';
import {podSummary} from '../session/pod-summary.ts';
import type {Session} from '../session/session.ts';
import {withAccesses, type NodeAccesses} from '../session/node-accesses.ts';
import type {RepairAct} from '../tui/repair/values.ts';
import {showFirstFrame} from '../tui/first-frame.ts';
import type {TuiOptions as ScreenOptions} from '../tui/run-tui.tsx';
import {createStore, type Snapshot, type Store} from '../tui/store.ts';
import {themeOf} from '../tui/theme.ts';
import {followInto} from './follow-into.ts';
import {lookInto} from './look-into.ts';
import {proveInto} from './prove-into.ts';
import type {Wizard} from './repair-wizard.ts';
import {screenAsker, type ScreenAsker} from './screen-asker.ts';

/** What only the terminal UI needs of its command. */
export type TuiOptions = {
	readonly stdout: NodeJS.WriteStream;
	/** Whether the mouse is asked for. */
	readonly mouse: boolean;
	/** Says what has to be waited for once the screens are gone. */
	readonly say: (line: string) => void;
};

/**
 * The terminal UI over one cluster or one saved file: draws first, looks while it is shown, looks again when asked.
 * @throws ActionableError where the last look failed: what the screen said is gone with it, so it is said again
 */
export async function runTuiSession(opened: Session, options: TuiOptions): Promise<void> {
	const title = await titleOf(opened);
	const store = createStore(title.context);
	store.update({title});
	const theme = themeOf(shouldColour(undefined, options.stdout, opened.environment));
	const frame = showFirstFrame(store, theme);
	const screen = screenAsker(store);
	const session: Session = {
		...opened,
		asker: screen.asker,
		async announce(manifest, powers) {
			if (powers.length > 0) tellPhase(store, `creating ${podSummary(manifest, powers)}`);
		},
	};
	// For as long as the screens are shown: whoever has given a passphrase is not asked again at the next look.
	await withAccesses(session, async accesses =>
		showScreens(session, store, screen, {...options, accesses, theme, handOver: frame.handOver}),
	).finally(frame.leave);
	const {failure} = store.getSnapshot();
	if (failure !== null) throw new ActionableError(failure.message, failure.hint);
}

/**
 * What the header names. What no screen can mend ends as it does without one: a context or a file that is not there.
 * @throws ActionableError, UsageError
 */
async function titleOf({from, connection, environment, signal}: Session): Promise<Snapshot['title']> {
	if (from === undefined) {
		const {namesOf, targetOf} = await import('../cluster/target.ts');
		const {server, context = ''} = namesOf(await targetOf(connection, environment, signal));
		return {server, context};
	}

	const title = {server: '', context: from};

	// What can be read only once, such as a pipe, is left to the look.
	const found = await stat(from).catch(() => undefined);
	if (found !== undefined && !found.isFile()) return title;
	const {loadEvidence} = await import('../evidence/evidence-file.ts');
	await loadEvidence(from, signal);
	return title;
}

async function showScreens(
	session: Session,
	store: Store,
	{asker, answer}: ScreenAsker,
	{accesses, theme, handOver, mouse, say}: TuiOptions & {readonly accesses: NodeAccesses} & Pick<ScreenOptions, 'theme' | 'handOver'>,
): Promise<void> {
	let stop = new AbortController();
	let looking: Promise<Look | undefined> = Promise.resolve(undefined);
	let newest: Look | undefined;
	let wizard: Promise<Wizard> | undefined;
	let proving: Promise<void> | undefined;

	const lookOnce = async (earlier: Promise<unknown>, {signal}: AbortController, isQuiet: boolean): Promise<Look | undefined> => {
		await earlier;
		const own = {...session, signal: AbortSignal.any([session.signal, signal])};
		const look = await lookInto(store, own, accesses, isQuiet ? newest : undefined);
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
		const {askSecret} = asker.questions;
		return openWizard(store, session, {latest, lookAgain: async () => lookAgain(), accesses, askSecret, say});
	};
	const isLive = session.from === undefined;

	void lookAgain();
	const follower = isLive ? followInto(store, session, {latest, lookQuietly: async () => lookAgain(true)}) : undefined;
	const {runTui} = await import('../tui/run-tui.tsx');
	await runTui(
		store,
		{
			refresh: () => void lookAgain(),
			verify(making) {
				proving ??= proveInto(store, session, {stop: stop.signal, making, accesses}).finally(() => {
					proving = undefined;
				});
			},
			quit() {
				stop.abort();
			},
			async suspended(isSuspended) {
				if (isSuspended) await follower?.pause();
				else follower?.resume();
			},
			answer,
			async save(what, file) {
				if (newest === undefined) throw new ActionableError('nothing to save yet', 'Wait until all nodes have answered.');
				if (isStandardOutput(file)) throw new ActionableError('standard output is this screen', 'Choose a file.');
				if (what === 'evidence') return (await import('../session/save.ts')).save(newest.evidence, file, session);
				return (await import('./save-report.ts')).saveReport(newest, file, session);
			},
			...(isLive && {
				repair(act: RepairAct) {
					wizard ??= wizardOf();
					void wizard.then(({act: begin}) => begin(act));
				},
			}),
		},
		{theme, handOver, mouse, signal: session.signal},
	);
	stop.abort();
	const followed = follower?.close();
	await (await wizard)?.close();
	await Promise.all([looking, proving, followed]);
}

/** Another word for what is under way, where anything is. */
function tellPhase(store: Store, text: string): void {
	const {phase} = store.getSnapshot();
	if (phase !== null) store.update({phase: {...phase, text}});
}
