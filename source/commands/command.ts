import type {Clock} from '../clock.ts';
import type {ConnectFromHere} from '../connect/connect-from-here.ts';
import type {Flag, FlagValues} from '../flags.ts';
import type {ExitCode} from '../errors.ts';

/** Everything a command may know of the outside. */
export type CommandContext = {
	/** Words that are no flags, without the command's own name. */
	readonly words: readonly string[];
	readonly flags: FlagValues;
	/** Aborted by the first Ctrl-C, SIGTERM or SIGHUP. */
	readonly signal: AbortSignal;
	readonly environment: NodeJS.ProcessEnv;
	readonly stdout: NodeJS.WriteStream;
	readonly stderr: NodeJS.WriteStream;
	readonly stdin: NodeJS.ReadStream;
	readonly clock: Clock;
	/** On the embedded demo cluster: connects to its made up addresses. */
	readonly demoNetwork?: ConnectFromHere;
};

export type Command = {
	/** The word typed; empty for the terminal UI. */
	readonly name: string;
	/** One line for help. */
	readonly summary: string;
	/** What may follow the name. */
	readonly usage: string;
	readonly details?: string;
	/** What it does, and the words behind the command's name. */
	readonly examples: ReadonlyArray<readonly [does: string, words: string]>;
	readonly flags: readonly Flag[];
	/** Asks a cluster, by kubectl's connection flags. */
	readonly connects: boolean;
	readonly load: () => Promise<{readonly run: (context: CommandContext) => Promise<ExitCode>}>;
};
