import {render} from 'ink';
import {messageOf} from '../errors.ts';
import {App} from './app.tsx';
import {pageText} from './page-text.tsx';
import type {RepairAct} from './repair/values.ts';
import type {Intent, Making, Written} from './state.ts';
import type {Store} from './store.ts';
import {ThemeContext, type Theme} from './theme.ts';

/** What the person asks for; the command does it and tells the outcome through the store. */
export type Intents = {
	/** Look at the cluster again. */
	refresh(): void;
	/** Connect to every hostPort, also from or to what may be made for it; what comes back is told through the store. */
	verify(making: Making): void;
	/** The person leaves; the terminal is given back right after this. */
	quit(): void;
	/** The terminal is about to be the shell's, or is the screens' again. */
	suspended?(isSuspended: boolean): Promise<void>;
	/** Writes the evidence or the report to a file and gives one line that says what was written; without it the keys do nothing. */
	save?(what: Written, file: string): Promise<string>;
	/** What the person answered to the store's question with that id; null: nothing. */
	answer(id: number, text: string | null): void;
	/** A step of the wizard; without it there is none. What comes of it is told through the store. */
	repair?(act: RepairAct): void;
};

/** What the terminal UI is started with. */
export type TuiOptions = {
	readonly theme: Theme;
	/** Told right before Ink draws. */
	readonly handOver?: (() => void) | undefined;
	/** Whether the mouse is asked for. */
	readonly mouse: boolean;
	/**
	 * Closes the screens when it is aborted: the command's own handling of SIGTERM and SIGHUP. Its listeners have to stay on
	 * (`on`, not `once`), else the signal-exit of Ink takes the process down with the signal.
	 */
	readonly signal?: AbortSignal;
};

const noticeMilliseconds = 4000;

/** Terminals take no more at once. */
const mostCopied = 74_000;

/** What puts a text into the clipboard of the terminal's own machine, over SSH too (xterm, ctlseqs, OSC 52). */
function clipboardSequence(text: string): string {
	return `\u001B]52;c;${Buffer.from(text).subarray(0, mostCopied).toString('base64')}\u0007`;
}

/**
 * Shows the store in the alternate screen until the person quits. The terminal is restored on every way out: quit, Ctrl-C,
 * an aborted signal, the end of the process, and a crash, whose report would otherwise be lost with the alternate screen.
 */
export async function runTui(store: Store, intents: Intents, {theme, handOver, mouse, signal}: TuiOptions): Promise<void> {
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
			case 'copy':
				copy(typeof intent.what === 'string' ? intent.what : pageText(<ThemeContext value={theme}>{intent.what}</ThemeContext>));
				return;
			case 'suspend':
				return;
			case 'save':
				void save(intent.what, intent.file);
		}
	};
	const copy = (text: string): void => {
		process.stdout.write(clipboardSequence(text));
		tell(`copied ${text.includes('\n') ? `${text.split('\n').length} lines` : text}`);
	};
	const tell = (notice: string): void => {
		store.update({notice});
		setTimeout(() => {
			if (store.getSnapshot().notice === notice) store.update({notice: null});
		}, noticeMilliseconds).unref();
	};
	const save = async (what: Written, file: string): Promise<void> => {
		try {
			const says = await intents.save?.(what, file);
			if (says !== undefined) store.update({notice: says});
		} catch (error) {
			store.update({notice: `not saved: ${messageOf(error)}`});
		}
	};
	handOver?.();
	const instance = render(
		<ThemeContext value={theme}>
			<App
				store={store}
				canSave={intents.save !== undefined}
				canRepair={intents.repair !== undefined}
				hasMouse={mouse}
				onIntent={onIntent}
				onSuspended={async isSuspended => intents.suspended?.(isSuspended)}
			/>
		</ThemeContext>,
		// Whole frames: the incremental mode of Ink 8.0.0 loses lines on a narrower window (vadimdemedes/ink#1023).
		{alternateScreen: true, exitOnCtrlC: false, maxFps: 60, interactive: true},
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
