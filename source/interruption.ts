import process from 'node:process';
import {ActionableError, exitCode, LostTerminal, whyUnusable} from './errors.ts';

/** What ends a command before its end, and what became of its output. */
export type Interruption = {
	/** Aborted by the first Ctrl-C, SIGTERM or SIGHUP, and where output or terminal are lost: then the reason is a `LostTerminal`. */
	readonly signal: AbortSignal;
	/** Waits until everything written has left; why standard output took no more, undefined where it took all. */
	outputFailure(): Promise<NodeJS.ErrnoException | undefined>;
	/** Stops listening to Ctrl-C and SIGTERM. SIGHUP, and what becomes of the output, is listened to until the process ends. */
	dispose(): void;
};

const podsLeft = 'To see that no pod of this program is left: kubectl get pods -A -l app.kubernetes.io/managed-by=kubectl-hostport';

/** How long a command may take to come to its end after Ctrl-C before it says what it does. */
const quietMs = 1000;

/** How long the last output may take to leave where its terminal or its reader is gone. */
const lostMs = 2000;

/**
 * Listens to all that asks a command to stop. Each of them only aborts: whoever is at work comes to a safe point, writes
 * the journal, and removes pods and lock. A second Ctrl-C or SIGTERM leaves at once.
 */
export function listenForInterruption(): Interruption {
	const controller = new AbortController();
	let asked = 0;
	let failure: NodeJS.ErrnoException | undefined;
	let told: NodeJS.Timeout | undefined;
	const stop = (name: NodeJS.Signals): void => {
		asked += 1;
		if (asked > 1) {
			process.stderr.write('\nStopped at once. To find and remove what is left on the cluster: kubectl hostport cleanup\n');
			process.exit(exitCode.interrupted);
		}

		// Nobody types SIGTERM, and in the terminal UI Ctrl-C is a key.
		if (name === 'SIGINT')
			told = setTimeout(() => process.stderr.write('\nStopping at a safe point. Ctrl-C again stops at once.\n'), quietMs).unref();

		controller.abort(new ActionableError(`interrupted (${name})`, podsLeft, {exitCode: exitCode.interrupted}));
	};
	const lose = (what: string): void => controller.abort(new LostTerminal(`interrupted (${what})`, podsLeft));
	// The kernel and the shell each send it when a terminal closes: it never counts as a second Ctrl-C.
	const onHangUp = (): void => lose('SIGHUP');

	process.stdout.on('error', (error: NodeJS.ErrnoException) => {
		failure ??= error;
		lose(`standard output: ${whyUnusable(error)}`);
	});
	// Without a listener the next line of progress would end the process in the middle of an act.
	process.stderr.on('error', (error: NodeJS.ErrnoException) => lose(`standard error: ${whyUnusable(error)}`));
	if (process.stdin.isTTY) process.stdin.on('error', (error: NodeJS.ErrnoException) => lose(`terminal: ${whyUnusable(error)}`));
	process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', onHangUp);
	// When nothing is left to do, Node gives signals their own effect back before it ends: a late SIGHUP would hide the exit code.
	process.once('beforeExit', () => process.exit());
	return {
		signal: controller.signal,
		async outputFailure() {
			// The error of a write is told after its callback.
			await new Promise<void>(resolve => {
				// Nobody reads what goes to a terminal that is gone: its last write may never be over.
				const limit = controller.signal.reason instanceof LostTerminal ? setTimeout(resolve, lostMs) : undefined;
				process.stdout.write('', () => {
					clearTimeout(limit);
					setImmediate(resolve);
				});
			});
			return failure;
		},
		dispose() {
			clearTimeout(told);
			process.off('SIGINT', stop).off('SIGTERM', stop);
		},
	};
}
