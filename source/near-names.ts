import {UsageError} from './errors.ts';
import {listed} from './words.ts';

/** The names most like the one typed, best first, at most five: one that contains it, or a few letters apart. */
function nearNames(typed: string, names: readonly string[]): string[] {
	const limit = Math.max(2, Math.floor(typed.length / 3));
	return names
		.map(name => ({name, apart: name.includes(typed) || typed.includes(name) ? 0 : distance(typed, name)}))
		.filter(({apart}) => apart <= limit)
		.sort((one, other) => one.apart - other.apart || (one.name < other.name ? -1 : 1))
		.slice(0, 5)
		.map(({name}) => name);
}

/** Names that are listed where none is near. */
const mostListed = 5;

/** Words that may be equally near. */
const mostMeant = 3;

/** What was probably meant by a mistyped word of ours, as in “; did you mean check?”: the nearest, at most two letters apart and less than half of them. */
export function didYouMean(typed: string, names: Iterable<string>): string {
	const apart = [...names].map(name => ({name, apart: distance(typed.toLowerCase(), name.toLowerCase())}));
	const least = Math.min(2, Math.ceil(typed.replace(/^-+/u, '').length / 2) - 1, ...apart.map(each => each.apart));
	const meant = apart.filter(each => each.apart === least).map(({name}) => name);
	// What is near to everything is near to nothing.
	return meant.length === 0 || meant.length > mostMeant ? '' : `; did you mean ${meant.join(' or ')}?`;
}

/**
 * The one of our words that was typed.
 * @param says what is said where none was typed, and before one that there is not; what stands before all there are
 * @throws UsageError
 */
export function knownWord<Known extends string>(
	typed: string,
	known: readonly Known[],
	says: {readonly none?: string; readonly unknown: string; readonly all: string},
): Known {
	const found = known.find(word => word === typed);
	if (found !== undefined) return found;
	const what = typed === '' && says.none !== undefined ? says.none : `${says.unknown} "${typed}"${didYouMean(typed, known)}`;
	throw new UsageError(what, `${says.all}: ${known.join(', ')}`);
}

/** The names most like it as a hint; where none is, some of those that there are. */
export function nearestOf(typed: string, names: readonly string[]): string {
	const near = nearNames(typed, names);
	if (near.length > 0) return `Similar names: ${near.join(', ')}`;
	return names.length === 0 ? 'Check the name.' : `Choose one of: ${listed(names, mostListed)}`;
}

/** @throws UsageError for a node that somebody named and that is none of these */
export function assertNodes(typed: readonly string[], names: readonly string[], where = ''): void {
	const unknown = typed.filter(name => !names.includes(name));
	if (unknown.length > 0) throw new UsageError(`node not found${where}: ${unknown.join(', ')}`, nearestOf(unknown[0] ?? '', names));
}

/** Letters that are one too many, missing or others; two that stand the wrong way round are one (optimal string alignment). */
function distance(one: string, other: string): number {
	let row = Array.from({length: other.length + 1}, (_, column) => column);
	let before: readonly number[] = [];
	for (let index = 0; index < one.length; index++) {
		const next = [index + 1];
		for (let column = 1; column <= other.length; column++) {
			const swap = (row[column - 1] ?? 0) + (one[index] === other[column - 1] ? 0 : 1);
			const isTurned = index > 0 && one[index] === other[column - 2] && one[index - 1] === other[column - 1];
			const turn = isTurned ? (before[column - 2] ?? 0) + 1 : swap;
			next.push(Math.min((row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1, swap, turn));
		}

		before = row;
		row = next;
	}

	return row.at(-1) ?? 0;
}
