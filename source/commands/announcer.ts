import type {CommandContext} from './command.ts';
import {numberFlag} from './flag-values.ts';

/** With `-v 1` and above: writes the manifest of each pod to stderr before it is made. */
export async function announcer({flags, stderr}: CommandContext): Promise<((manifest: object) => void) | undefined> {
	if ((numberFlag(flags, 'verbosity') ?? 0) < 1) return undefined;
	const {stringify} = await import('yaml');
	return manifest => void stderr.write(`# this pod is made for a moment\n${stringify(manifest)}---\n`);
}
