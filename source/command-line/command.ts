import type {Clock} from '../clock.ts';
import type {ConnectFromHere} from '../connect/connect-from-here.ts';
import type {ExitCode} from '../errors.ts';
import {readOptions, type Completes, type Options, type Typed, type ValuesOf} from './option.ts';
import {sharedOptions, type SharedValues} from './shared-options.ts';

/** Everything a command may know of the outside. */
export type CommandContext = {
	/** Words that are no flags, without the command's own name; nodes by their bare names. */
	readonly words: readonly string[];
	/** What was typed, for a command that runs another one. */
	readonly typed: Typed;
	/** Aborted by the first Ctrl-C, SIGTERM or SIGHUP. */
	readonly signal: AbortSignal;
	readonly environment: NodeJS.ProcessEnv;
	readonly stdout: NodeJS.WriteStream;
	readonly stderr: NodeJS.WriteStream;
	readonly stdin: NodeJS.ReadStream;
	readonly clock: Clock;
	/** On the embedded demo cluster: what connects to its made up addresses, and a portmap that nobody has at hand. */
	readonly demo?: {readonly connect: ConnectFromHere; readonly portmap: string | undefined};
};

/** What may follow a command's name. */
export type Words = {
	/** As help shows it; empty for none. */
	readonly usage: string;
	/** How many at most. */
	readonly most: number;
	/** What they name: nodes may be typed `node/NAME` then. */
	readonly are?: Completes;
};

/** A command that takes no words. */
export const noWords: Words = {usage: '', most: 0};
/** A command that takes names of nodes. */
export const nodeWords: Words = {usage: '[NODE…]', most: Infinity, are: 'node'};

type Described = {
	/** The word typed; empty for the terminal UI. */
	readonly name: string;
	/** One line for help. */
	readonly summary: string;
	readonly words: Words;
	readonly details?: string;
	/** What it does, and the words behind the command's name. */
	readonly examples: ReadonlyArray<readonly [does: string, words: string]>;
	/** Asks a cluster, by kubectl's connection flags. */
	readonly connects: boolean;
	/** Is neither listed in help nor meant by a mistyped word. */
	readonly isHidden?: boolean;
};

/** A command as everything but itself sees it. */
export type Command = Described & {
	/** Its own flags, without those that every command takes. */
	readonly options: Options;
	/** Checks what was typed and does it. @throws UsageError for a value that does not fit */
	readonly run: (typed: Typed, context: CommandContext) => Promise<ExitCode>;
};

/** What `run` of a command with these options of its own is given. */
export type CommandValues<O extends Options> = ValuesOf<O> & SharedValues;

/**
 * A command: what help, completion and errors say of it, and what it does with its options, which it gets checked and typed. Its file is
 * loaded with every other command's before any is known to be meant: what `run` needs is imported inside of it.
 */
export function defineCommand<const O extends Options>({
	run,
	...described
}: Described & {
	readonly options: O;
	readonly run: (options: CommandValues<O>, context: CommandContext) => Promise<ExitCode>;
}): Command {
	return {
		...described,
		run: async (typed, context) => run(readOptions({...described.options, ...sharedOptions}, typed), context),
	};
}
