import {stat} from 'node:fs/promises';
import {ActionableError} from '../errors.ts';
import {isStandardOutput} from '../named-file.ts';
import {shouldColour} from '../output/colour.ts';
import type {Look} from '../session/look.ts';
import {podSummary} from '../session/pod-summary.ts';
import type {Session} from '../session/session.ts';
import {withAccesses, type NodeAccesses} from '../session/node-accesses.ts';
import type {RepairAct} from '../tui/repair/values.ts';
import {runTui} from '../tui/run-tui.tsx';
import {createStore, type Store} from '../tui/store.ts';
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
	await assertOpenable(opened);
	const store = createStore(opened.from ?? opened.connection.context ?? '');
	const screen = screenAsker(store);
	const session: Session = {
		...opened,
		asker: screen.asker,
		async announce(manifest, powers) {
			if (powers.length > 0) tellPhase(store, `creating ${podSummary(manifest, powers)}`);
		},
	};
	// For as long as the screens are shown: whoever has given a passphrase is not asked again at the next look.
	await withAccesses(session, async accesses => showScreens(session, store, screen, {...options, accesses}));
	const {failure} = store.getSnapshot();
	if (failure !== null) throw new ActionableError(failure.message, failure.hint);
}

/** What no screen can mend ends as it does without one: a context or a file that is not there. @throws ActionableError, UsageError */
async function assertOpenable({from, connection, environment, signal}: Session): Promise<void> {
	if (from === undefined) {
		const {assertTarget} = await import('../cluster/target.ts');
		return assertTarget(connection, environment, signal);
	}

	// What can be read only once, such as a pipe, is left to the look.
	const found = await stat(from).catch(() => undefined);
	if (found !== undefined && !found.isFile()) return undefined;
	const {loadEvidence} = await import('../evidence/evidence-file.ts');
	await loadEvidence(from, signal);
}

async function showScreens(
	session: Session,
	store: Store,
	{asker, answer}: ScreenAsker,
	{accesses, stdout, mouse, say}: TuiOptions & {readonly accesses: NodeAccesses},
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

	const shown = runTui(
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
		{colour: shouldColour(undefined, stdout, session.environment), mouse, signal: session.signal},
	);
	void lookAgain();
	const follower = isLive ? followInto(store, session, {latest, lookQuietly: async () => lookAgain(true)}) : undefined;
	await shown;
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
