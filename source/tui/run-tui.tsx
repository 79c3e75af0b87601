import {render} from 'ink';
import {messageOf} from '../errors.ts';
import {App} from './app.tsx';
import type {RepairAct} from './repair/values.ts';
import type {Intent, Making} from './state.ts';
import type {Store} from './store.ts';
import {ThemeContext, canShowUnicode, createTheme} from './theme.ts';

/** What the person asks for; the command does it and tells the outcome through the store. */
export type Intents = {
	/** Look at the cluster again. */
	refresh(): void;
	/** Connect to every hostPort, also from or to what may be made for it; what comes back is told through the store. */
	verify(making: Making): void;
	/** The person leaves; the terminal is given back right after this. */
	quit(): void;
	/** Write the evidence to a file; without it the key does nothing. Its outcome is shown as a notice. */
	/** Gives one line that says what was saved. */
	save?(file: string): Promise<string>;
	/** What the person answered to the store's question with that id; null: nothing. */
	answer(id: number, text: string | null): void;
	/** A step of the wizard; without it there is none. What comes of it is told through the store. */
	repair?(act: RepairAct): void;
};

export type TuiOptions = {
	readonly colour: boolean;
	/**
	 * Closes the screens when it is aborted: the command's own handling of SIGTERM and SIGHUP. Its listeners have to stay on
	 * (`on`, not `once`), else the signal-exit of Ink takes the process down with the signal.
	 */
	readonly signal?: AbortSignal;
};

/**
 * Shows the store in the alternate screen until the person quits. The terminal is restored on every way out: quit, Ctrl-C,
 * an aborted signal, the end of the process, and a crash, whose report would otherwise be lost with the alternate screen.
 */
export async function runTui(store: Store, intents: Intents, {colour, signal}: TuiOptions): Promise<void> {
	const theme = createTheme({colour, unicode: canShowUnicode(process.env, process.platform)});
	const onIntent = (intent: Intent): void => {
		switch (intent.kind) {
			case 'quit':
				intents.quit();
				instance.unmount();
				return;
			case 'refresh':
				intents.refresh();
				return;
			case 'verify':
				intents.verify(intent.making);
				return;
			case 'answer':
				intents.answer(intent.id, intent.text);
				return;
			case 'repair':
				intents.repair?.(intent.act);
				return;
			case 'save':
				void save(intent.file);
		}
	};
	const save = async (file: string): Promise<void> => {
		try {
			const says = await intents.save?.(file);
			if (says !== undefined) store.update({notice: says});
		} catch (error) {
			store.update({notice: `not saved: ${messageOf(error)}`});
		}
	};
	const instance = render(
		<ThemeContext value={theme}>
			<App store={store} canSave={intents.save !== undefined} canRepair={intents.repair !== undefined} onIntent={onIntent} />
		</ThemeContext>,
		// Whole frames: the incremental mode of Ink 8.0.0 loses lines on a narrower window (vadimdemedes/ink#1023).
		{alternateScreen: true, exitOnCtrlC: false, maxFps: 20, interactive: true},
	);
	const close = (): void => instance.unmount();
	signal?.addEventListener('abort', close, {once: true});
	if (signal?.aborted === true) close();
	process.on('uncaughtExceptionMonitor', close);
	try {
		await instance.waitUntilExit();
	} finally {
		signal?.removeEventListener('abort', close);
		process.off('uncaughtExceptionMonitor', close);
	}
}
