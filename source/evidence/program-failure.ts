import {printableLine} from '../foreign-text.ts';
import type {ProgramAnswer} from './node-records.ts';

/** Exit code of a program that the node script's time limit ended (128 + SIGKILL). */
const killed = 137;

/** One line on why a program of the node gave no usable answer. */
export function failureOf(program: string, {text, exitCode}: ProgramAnswer): string {
	const said = printableLine(text, 200);
	if (exitCode === undefined) return `${program}: the answer is too long and was cut off`;
	if (exitCode === killed) return `${program}: no answer within the time limit`;
	if (exitCode !== 0) return `${program}: exit code ${exitCode}${said === '' ? '' : `: ${said}`}`;
	return `${program}: not understood${said === '' ? '' : `: ${said}`}`;
}
