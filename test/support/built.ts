import path from 'node:path';
import process from 'node:process';

/**
 * The program that users get. Apart from what runs commands in this process: the end-to-end tests know nothing of the program's inside.
 * The bundle that Node runs, or the executable that `PROGRAM` names.
 */
export const built = path.resolve(process.env['PROGRAM'] ?? path.join(import.meta.dirname, '..', '..', 'dist', 'kubectl-hostport.mjs'));

/** Whether Node runs it; an executable has a runtime of its own. */
export const isRunByNode = built.endsWith('.mjs');

/** How a shell starts it. */
export const typedProgram = (): string => {
	const [file, first] = startOf(built);
	return [file, ...first].join(' ');
};

/** The file to start and the words before the program's own. */
export const startOf = (program: string): readonly [string, readonly string[]] =>
	program.endsWith('.mjs') ? [process.execPath, [program]] : [program, []];
