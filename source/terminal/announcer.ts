import {stringify} from 'yaml';
import type {AnnouncePod} from '../access/host-pod.ts';
import {podSummary} from '../session/pod-summary.ts';
import type {CommandContext} from '../command-line/command.ts';

/**
 * Writes the manifest of a pod to stderr before it is made: of each that may do more than read a folder, once in full for all that
 * may do the same; with `-v 1` and above of every pod.
 */
export function announcer(stderr: CommandContext['stderr'], verbosity: number): AnnouncePod {
	const isTalkative = verbosity >= 1;
	const told = new Set<string>();
	// Over the line that shows how far it is.
	const write = (text: string): void => void stderr.write(`${stderr.isTTY ? '\r\u001B[K' : ''}${text}`);
	return async (manifest, powers) => {
		if (!isTalkative && powers.length === 0) return;
		const kind = powers.join(' ');
		const isTold = told.has(kind);
		told.add(kind);
		if (isTold && !isTalkative) return write(`# and the same ${podSummary(manifest, powers)}\n`);
		write(`# this temporary pod is created\n${stringify(manifest)}---\n`);
	};
}
