import {printableLine} from '../foreign-text.ts';
import type {Observation} from './evidence.ts';
import {answerAt, type NodeRecord} from './node-records.ts';
import {parseRuleset} from './parse-ruleset.ts';

const hookChains = ['prerouting', 'output'] as const;

/** The rules that lead packets to the mappings, each behind the name of its chain: `prerouting: ip saddr 10.0.0.0/8 jump hostports`. */
function hooksIn(lines: readonly string[]): string[] {
	let chain = '';
	return lines.flatMap(line => {
		chain = /^\s*chain (?<name>\S+) \{/u.exec(line)?.groups?.['name'] ?? chain;
		const isHook = hookChains.some(name => name === chain) && /\bjump \S*hostports/u.test(line);
		return isHook ? [`${chain}: ${printableLine(line.trim())}`] : [];
	});
}

/** The records `nftables tables|ip|ip6|ruleset`; null where nft was not asked, is not there or may not answer. */
export function parseNftables(records: readonly NodeRecord[]): Observation['nftables'] {
	const answers = new Map<string, {text: string; exitCode: number | undefined}>();
	for (const [index, {key, value}] of records.entries()) {
		if (key !== 'nftables') continue;
		const end = value.indexOf('\n');
		answers.set(value.slice(0, end).trim(), {...answerAt(records, index), text: value.slice(end + 1)});
	}

	const tables = answers.get('tables');
	if (tables?.exitCode !== 0) return null;
	const rulesOf = (family: string): string[] => {
		const lines = (answers.get(family)?.text ?? '').split('\n');
		return [
			...lines
				.filter(line => /\bdnat\b.*\bto\b/u.test(line))
				.slice(0, 10_000)
				.map(line => printableLine(line)),
			...hooksIn(lines),
		];
	};
	const chains = ['ip', 'ip6'].flatMap(family =>
		[...(answers.get(family)?.text ?? '').matchAll(/^\s*chain (?<name>[\w.-]{1,64}) \{/gmu)].map(match => match.groups?.['name'] ?? ''),
	);
	const ruleset = answers.get('ruleset')?.exitCode === 0 ? parseRuleset(answers.get('ruleset')?.text ?? '') : undefined;
	return {
		...(ruleset !== undefined && {filter: ruleset.filter, runtimeMappings: [...ruleset.runtimeMappings]}),
		chains: [...new Set(chains)],
		rules: rulesOf('ip'),
		rules6: rulesOf('ip6'),
		tables: tables.text.split('\n').flatMap(line => {
			const [word, ...name] = printableLine(line, 128).split(' ');
			return word === 'table' ? [name.join(' ')] : [];
		}),
	};
}
