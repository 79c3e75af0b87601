import {execFile} from 'node:child_process';
import {UsageError} from '../../errors.ts';
import {printableLine} from '../../foreign-text.ts';
import {choiceArguments} from './ssh-arguments.ts';
import type {SshChoices} from './ssh-flags.ts';
import {settingsFrom, type Keywords, type SshSettings} from './ssh-settings.ts';

/** `ssh -G` reads files and may run `Match exec`; it answers in 10 ms as a rule. */
const askTimeoutMilliseconds = 10_000;

/**
 * The settings that hold for a host, as a person's own `ssh` would have them. Where the system has an `ssh` it is asked
 * (`ssh -G`: Include, Match and tokens exactly as they are meant); else ssh_config is read here, with the limits that
 * config-file.ts names.
 * @throws UsageError if ssh_config cannot be read, SshError if a name in it is not safe to use
 */
export async function effectiveSettings(
	alias: string,
	choices: SshChoices,
	options: {signal: AbortSignal; sshProgram?: string | undefined},
): Promise<SshSettings> {
	const keywords = (await askSsh(alias, choices, options)) ?? (await (await import('./config-file.ts')).readKeywords(alias, choices));
	return settingsFrom(alias, keywords, choices);
}

/** Undefined if the system has no `ssh`. */
function askSsh(
	alias: string,
	choices: SshChoices,
	{signal, sshProgram = 'ssh'}: {signal: AbortSignal; sshProgram?: string | undefined},
): Promise<Keywords | undefined> {
	return new Promise((resolve, reject) => {
		const words = ['-G', ...choiceArguments(choices), '--', alias];
		execFile(sshProgram, words, {signal, timeout: askTimeoutMilliseconds, maxBuffer: 1 << 20}, (error, stdout, stderr) => {
			if (!error) resolve(parseKeywords(stdout));
			else if (error.code === 'ENOENT') resolve(undefined);
			else if (signal.aborted) reject(signal.reason as Error);
			else
				reject(
					new UsageError(
						`ssh_config cannot be used for ${alias}: ${printableLine(stderr) || error.message}`,
						`Run \`ssh -G ${alias}\` to see the same.`,
						error,
					),
				);
		});
	});
}

/** Reads what `ssh -G` prints: a keyword in lower case and its value a line, repeated where several count. */
export function parseKeywords(text: string): Keywords {
	const keywords = new Map<string, string[]>();
	for (const line of text.split(/\r?\n/u)) {
		const [, keyword, value] = /^(\S+)\s+(.*\S)\s*$/u.exec(line) ?? [];
		if (keyword === undefined || value === undefined) continue;
		const values = keywords.get(keyword.toLowerCase()) ?? [];
		values.push(value);
		keywords.set(keyword.toLowerCase(), values);
	}

	return keywords;
}
