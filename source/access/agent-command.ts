import type {NodeAccess, RunOptions, RunResult} from './access.ts';
import {MissingProgram} from './missing-program.ts';

/** Its name is cilium-dbg from 1.15 on (cilium#28085); images of 1.14 and before have `cilium` alone, those between both. */
export const agentCommands = (...words: readonly string[]): ReadonlyArray<readonly string[]> => [
	['cilium-dbg', ...words],
	['cilium', ...words],
];

type RunProgram = NonNullable<NodeAccess['runProgram']>;

/** Runs the first of these commands that the image has, without a shell; undefined where it has none of them. */
export async function runFirst(
	[command, ...others]: ReadonlyArray<readonly string[]>,
	runProgram: RunProgram,
	options: Omit<RunOptions, 'parameters'>,
): Promise<RunResult | undefined> {
	if (command === undefined) return undefined;
	try {
		return await runProgram(command, options);
	} catch (error) {
		if (error instanceof MissingProgram) return runFirst(others, runProgram, options);
		throw error;
	}
}
