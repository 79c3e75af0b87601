import type {NodeAccess} from '../../access/access.ts';
import {MissingProgram} from '../../access/missing-program.ts';
import {ActionableError} from '../../errors.ts';
import {printableLine} from '../../foreign-text.ts';

type RunProgram = NonNullable<NodeAccess['runProgram']>;

const limits = {timeoutMilliseconds: 30_000, maximumOutputBytes: 16 * 1024 * 1024};

/**
 * The same as stale-rules.sh, program by program, for an agent whose image has no shell: a rule is deleted by its own words, as
 * iptables-save told them, so one that has changed meanwhile is not. Returns how many chains were removed.
 * @throws ActionableError where a rule is left
 */
export async function clearRulesByProgram(runProgram: RunProgram, addresses: readonly string[], signal: AbortSignal): Promise<number> {
	let removed = 0;
	for (const build of ['nft', 'legacy']) {
		for (const family of ['iptables', 'ip6tables']) {
			const rules = await natRules(runProgram, `${family}-${build}-save`, signal);
			for (const words of deletionsOf(rules, new Set(addresses))) {
				const {exitCode, stderr} = await runProgram([`${family}-${build}`, '-w', '5', '-t', 'nat', ...words], {...limits, signal});
				if (exitCode !== 0)
					throw new ActionableError(
						`${family}-${build} ${words[0] ?? ''} ${words[1] ?? ''}: ${printableLine(stderr, 160) || `exit code ${exitCode}`}`,
						'They send a hostPort to a pod that is gone: kubectl hostport check names them (HP07).',
					);
				if (words[0] === '-X') removed += 1;
			}
		}
	}

	return removed;
}

async function natRules(runProgram: RunProgram, save: string, signal: AbortSignal): Promise<readonly string[]> {
	try {
		const {stdout} = await runProgram([save], {...limits, signal});
		return /^\*nat$(?<rules>[^]*?)^COMMIT$/mu.exec(stdout)?.groups?.['rules']?.split('\n') ?? [];
	} catch (error) {
		if (error instanceof MissingProgram) return [];
		throw error;
	}
}

/** Words of the commands that take away the chains which lead to these addresses: the rules that jump there first. */
export function deletionsOf(rules: readonly string[], gone: ReadonlySet<string>): ReadonlyArray<readonly string[]> {
	const chains = new Set(
		rules.flatMap(rule => {
			const [, chain, target] = /^-A (CNI-DN-\S+) .* --to-destination (\S+)/u.exec(rule) ?? [];
			return chain !== undefined && gone.has(addressOf(target ?? '')) ? [chain] : [];
		}),
	);
	const jumps = rules.flatMap(rule => {
		const words = wordsOf(rule);
		return words[0] === '-A' && words.at(-2) === '-j' && chains.has(words.at(-1) ?? '') ? [['-D', ...words.slice(1)]] : [];
	});
	return [...jumps, ...[...chains].flatMap(chain => [['-F', chain] as const, ['-X', chain] as const])];
}

/** Without port and brackets: `10.0.0.5:80`, `[fd00::5]:80`. */
const addressOf = (target: string): string => target.replace(/:\d+$/u, '').replace(/^\[(.*)\]$/u, '$1');

/** The words of a rule as iptables-save writes them: what holds a blank stands in quotes, and quotes in it behind a backslash (xtables.c, xtables_save_string). */
function wordsOf(rule: string): string[] {
	return [...rule.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/gu)].map(([, quoted, bare]) => quoted?.replaceAll(/\\(.)/gu, '$1') ?? bare ?? '');
}
