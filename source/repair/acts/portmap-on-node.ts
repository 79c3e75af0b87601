import type {NodeAccess} from '../../access/access.ts';
import {temporaryMark} from '../../access/ssh/put-file.ts';
import {ActionableError} from '../../errors.ts';
import {printableLine} from '../../foreign-text.ts';
import script from './portmap-binary.sh';

/** How the file is called that keeps a replaced portmap, up to the run's id. */
export const keptPrefix = `.portmap-before${temporaryMark}`;

/** Time limit of the script, milliseconds. */
export const scriptMilliseconds = 60_000;

/** What the script says of portmap on a node. */
export type PortmapAnswer = {
	/** 0 where the binary is there and runs; the others stand at the head of the script. */
	readonly exitCode: number;
	/** `sum`, `mode`, `answer` to CNI_COMMAND=VERSION, `about`, `lacks`: a version that it does not know. */
	readonly lines: ReadonlyMap<string, string>;
	readonly stderr: string;
};

/** Does something with the portmap binary of a node: `probe`, `install`, `restore`, `remove`; the script tells their words. */
export async function askPortmap(
	access: NodeAccess,
	{signal}: {readonly signal: AbortSignal},
	[what, ...rest]: readonly [string, ...string[]],
): Promise<PortmapAnswer> {
	const folder = access.binaryFolder;
	if (folder === undefined)
		throw new ActionableError(`${access.label} cannot see the folder of CNI binaries`, 'Choose another access with --via.');
	const {stdout, stderr, exitCode} = await access.run(script, {
		parameters: [what, folder.seen, ...rest],
		signal,
		timeoutMilliseconds: scriptMilliseconds,
	});
	const lines = new Map(
		stdout.split('\n').flatMap(line => {
			const at = line.indexOf(' ');
			return at === -1 ? [] : [[line.slice(0, at), printableLine(line.slice(at + 1), 300)] as const];
		}),
	);
	return {exitCode, lines, stderr: printableLine(stderr, 300)};
}
