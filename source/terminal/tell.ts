import {ActionableError} from '../errors.ts';
import type {Evidence} from '../evidence/evidence.ts';
import type {RunEnd} from '../repair/run/runner.ts';
import type {CommandContext} from '../command-line/command.ts';

type Telling = Pick<CommandContext, 'stderr'>;

/** Writes a line to stderr, over the line that shows how far a look is. */
export function tellNotice({stderr}: Telling, says: string): void {
	stderr.write(`${stderr.isTTY ? '\r\u001B[K' : ''}${says}\n`);
}

/** Says on stderr what could not be read from the API server. */
export function tellGaps({stderr}: Telling, {gaps}: Pick<Evidence, 'gaps'>): void {
	for (const {what, reason, hint} of gaps) stderr.write(`could not read ${what}: ${reason} (${hint})\n`);
}

/** Says how a run ended: why it did before its end, then lines of what came of it. @throws what is no trouble that we know */
export function tellEnd({stderr}: Telling, {outcome, error}: RunEnd, lines: readonly string[]): void {
	if (error instanceof ActionableError) stderr.write(`${error.message}\n${error.hint}\n`);
	else if (error !== undefined && outcome !== 'interrupted') throw error;
	for (const line of lines) stderr.write(`${line}\n`);
}
