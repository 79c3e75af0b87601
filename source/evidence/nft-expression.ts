import {printableOnOneLine} from '../foreign-text.ts';
import type {Deed, FilterMatch, FilterRule} from './packet-filter.ts';
import {at, listOf, objectOf, textOf} from './untyped.ts';

/** Elements of the sets and maps of a table, by name: a value, and for a map of verdicts what becomes of it. */
export type Elements = ReadonlyMap<string, ReadonlyArray<readonly [value: string, verdict: unknown]>>;

/** Values of one match that are kept; a set of more is as good as one that is not understood. */
const mostValues = 2000;

/** A rule's expressions in JSON (libnftables-json(5)), as what it asks and what it does. */
export function readRule(chain: string, expressions: readonly unknown[], elements: Elements): FilterRule {
	const matches: FilterMatch[] = [];
	const words: string[] = [];
	let deed: Deed = 'none';
	let to = '';
	let sendsTo = '';
	let map: FilterRule['map'] = null;
	for (const expression of expressions) {
		const [kind = '', value] = Object.entries(objectOf(expression))[0] ?? [];
		if (kind === 'match') {
			const [asked, said] = readMatch(value, elements);
			matches.push(asked);
			words.push(said);
		} else if (kind === 'vmap') {
			const [field, verdicts] = readMap(value, elements);
			map = {field, verdicts};
			words.push(
				`${field} vmap ${textOf(at(value, 'data')) || `{ ${verdicts.map(each => `${each.value} : ${each.deed} ${each.to}`.trim()).join(', ')} }`}`,
			);
		} else if (passing.has(kind)) {
			if (kind === 'log') words.push('log');
		} else if (kind === 'limit' || kind === 'quota' || kind === 'ct count') {
			matches.push({field: kind, isNot: false, values: []});
			words.push(kind);
		} else if (kind === 'dnat' || kind === 'redirect') {
			[deed, sendsTo] = ['send', targetOf(kind, value)];
			// A map sends what it has a value for, and lets the rest pass.
			const of = at(value, 'addr', 'map') ?? at(value, 'port', 'map');
			if (of !== undefined) {
				const [field, places] = readMap(of, elements);
				map = {field, verdicts: places.map(place => ({value: place.value, deed, to: ''}))};
				words.push(`${field} in a map:`);
			}

			words.push(`${kind} ${sendsTo === '' ? '' : `to ${sendsTo}`}`.trim());
		} else {
			[deed, to] = readVerdict(kind, value);
			words.push(`${deed === 'other' ? kind : deed} ${to}`.trim());
		}
	}

	return {chain, says: printableOnOneLine(words.join(' '), 300), matches, deed, to, sendsTo, map};
}

/** Where a translation leads, as far as it is one place: a map or a range of them is none. */
function targetOf(kind: 'dnat' | 'redirect', value: unknown): string {
	const [address, port] = [at(value, 'addr'), at(value, 'port')];
	const number = typeof port === 'number' ? String(port) : '';
	if (kind === 'redirect') return number === '' ? '' : `port ${number} of the node`;
	const name = textOf(address);
	return name === '' ? '' : [name.includes(':') ? `[${name}]` : name, number].filter(Boolean).join(':');
}

// Statements that let a packet pass on to the next (libnftables-json(5), “Statements”).
const passing = new Set([
	'counter',
	'log',
	'mangle',
	'ct helper',
	'ct timeout',
	'ct expectation',
	'set',
	'map',
	'meter',
	'flow',
	'dup',
	'last',
]);
const verdicts = new Set<string>(['accept', 'drop', 'reject', 'jump', 'goto', 'return', 'notrack']);

function readVerdict(kind: string, value: unknown): [deed: Deed, to: string] {
	if (kind === 'continue') return ['none', ''];
	return verdicts.has(kind) ? [kind as Deed, textOf(at(value, 'target'))] : ['other', ''];
}

function readMatch(match: unknown, elements: Elements): [FilterMatch, string] {
	const field = fieldOf(at(match, 'left'));
	const operator = textOf(at(match, 'op')) || '==';
	const right = at(match, 'right');
	const plain =
		typeof right === 'string' && right.startsWith('@') ? elements.get(right.slice(1))?.map(([value]) => value) : valuesOf(right);
	const values = comparisons[operator]?.(plain ?? []) ?? plain ?? [];
	const isUnderstood = field !== '' && plain !== undefined && operators.has(operator) && values.length <= mostValues;
	const name = field === '' ? 'something' : field;
	const shown =
		typeof right === 'string' && right.startsWith('@')
			? right
			: plain?.length === 1
				? plain[0]
				: `{ ${(plain ?? []).slice(0, 20).join(', ')} }`;
	return [
		{field: name, isNot: operator === '!=', values: isUnderstood ? values : []},
		`${name}${operator === '==' || operator === 'in' ? '' : ` ${operator}`} ${shown ?? ''}`,
	];
}

const operators = new Set(['==', '!=', 'in', '<', '>', '<=', '>=']);
const largest = 4_294_967_295;
const comparisons: Readonly<Record<string, (values: readonly string[]) => string[]>> = {
	'<': ([value]) => [`0-${Number(value) - 1}`],
	'<=': ([value]) => [`0-${Number(value)}`],
	'>': ([value]) => [`${Number(value) + 1}-${largest}`],
	'>=': ([value]) => [`${Number(value)}-${largest}`],
};

function readMap(map: unknown, elements: Elements): [field: string, verdicts: NonNullable<FilterRule['map']>['verdicts']] {
	const data = at(map, 'data');
	const pairs =
		typeof data === 'string'
			? (elements.get(data.replace(/^@/u, '')) ?? [])
			: listOf(at(data, 'set')).map(element => [valueOf(listOf(element)[0]) ?? '', listOf(element)[1]] as const);
	const found = pairs.slice(0, mostValues).map(([value, verdict]) => {
		const [kind = '', inner] = Object.entries(objectOf(verdict))[0] ?? [];
		const [deed, to] = readVerdict(kind, inner);
		return {value, deed, to};
	});
	return [fieldOf(at(map, 'key')), found];
}

/** `tcp dport`, `ip saddr`, `iifname`, `ct state`, `fib daddr type`; several joined by ` . `; empty where it is not understood. */
function fieldOf(left: unknown): string {
	const [kind = '', value] = Object.entries(objectOf(left))[0] ?? [];
	switch (kind) {
		case 'payload': {
			return [at(value, 'protocol'), at(value, 'field')].map(textOf).filter(Boolean).join(' ');
		}

		case 'meta': {
			return textOf(at(value, 'key'));
		}

		case 'ct': {
			return ['ct', textOf(at(value, 'dir')), textOf(at(value, 'family')), textOf(at(value, 'key'))].filter(Boolean).join(' ');
		}

		case 'fib': {
			const flags = at(value, 'flags');
			return `fib ${(Array.isArray(flags) ? flags : [flags]).map(textOf).join(' . ')} ${textOf(at(value, 'result'))}`;
		}

		case 'concat': {
			const parts = listOf(value).map(part => fieldOf(part));
			return parts.includes('') ? '' : parts.join(' . ');
		}

		case '&': {
			const [inner, mask] = listOf(value);
			const field = fieldOf(inner);
			return field === 'tcp flags' ? `tcp flags & ${(Array.isArray(mask) ? mask : [mask]).map(textOf).sort().join('|')}` : '';
		}

		default: {
			return '';
		}
	}
}

/** Every value of the right side; undefined where one is not understood. */
function valuesOf(right: unknown): string[] | undefined {
	const list = Array.isArray(right) ? right : Array.isArray(at(right, 'set')) ? listOf(at(right, 'set')) : [right];
	const values = list.map(valueOf);
	return values.includes(undefined) ? undefined : (values as string[]);
}

/** `8080`, `9000-9100`, `10.0.0.0/8`, `eth*`; the parts of a concatenation joined by ` . `. */
export function valueOf(element: unknown): string | undefined {
	if (typeof element !== 'object' || element === null) return textOf(element) || undefined;
	const [kind = '', value] = Object.entries(objectOf(element))[0] ?? [];
	switch (kind) {
		case 'range': {
			return listOf(value).map(textOf).join('-');
		}

		case 'prefix': {
			return `${textOf(at(value, 'addr'))}/${textOf(at(value, 'len'))}`;
		}

		case 'concat': {
			const parts = listOf(value).map(valueOf);
			return parts.includes(undefined) ? undefined : parts.join(' . ');
		}

		case 'elem': {
			return valueOf(at(value, 'val'));
		}

		default: {
			return undefined;
		}
	}
}
