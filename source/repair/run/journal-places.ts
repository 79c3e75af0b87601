/**
 * Where the parts of a journal stand: a ConfigMap holds 1 MiB, and what does not fit into the first is kept in further ones. The first names
 * them and the uid of each. A uid is given by the API server, so what somebody else puts under such a name is never taken for a part.
 */
import {isPart} from './journal-states.ts';

/** 1 MiB (validation of Kubernetes' core API); some of it goes to the rest of the object. */
export const largestData = 1_000_000;
/** Far more than what is read of a journal can come to. */
const mostFurther = 64;

/** A ConfigMap of a journal as this process has written it. */
export type Place = {
	readonly name: string;
	readonly uid: string;
	/** The resourceVersion of the last write. */
	version: string | undefined;
	/** Length of each part that it holds; one that stands in a later place too is out of date here. */
	readonly sizes: Map<string, number>;
};

/** Parts by the place that they go to; those that no place has room for, as the contents of new ones. */
export type Placed = {
	readonly to: ReadonlyMap<Place, Readonly<Record<string, string>>>;
	readonly more: ReadonlyArray<Record<string, string>>;
};

/**
 * Finds a place for each part: the one that has it, else a later one. Never an earlier one: where two have a part, the later one counts.
 * @returns undefined where a part is too large for any
 */
export function placed(parts: Readonly<Record<string, string>>, places: readonly Place[]): Placed | undefined {
	const to = new Map<Place, Record<string, string>>();
	const more: Array<Record<string, string>> = [];
	const sizes = new Map(places.map(place => [place, new Map(place.sizes)]));
	for (const [part, text] of Object.entries(parts)) {
		if (text.length > largestData) return undefined;
		const own = places.findLastIndex(place => place.sizes.has(part));
		const place = places.slice(Math.max(0, own)).find(each => total(sizes.get(each), part) + text.length <= largestData);
		if (place !== undefined) {
			to.set(place, {...to.get(place), [part]: text});
			sizes.get(place)?.set(part, text.length);
			continue;
		}

		const last = more.at(-1);
		if (last !== undefined && lengthOf(last) + text.length <= largestData) last[part] = text;
		else more.push({[part]: text});
	}

	return places.length + more.length > mostFurther ? undefined : {to, more};
}

const total = (sizes: ReadonlyMap<string, number> | undefined, without: string): number =>
	[...(sizes ?? [])].reduce((sum, [part, size]) => sum + (part === without ? 0 : size), 0);
const lengthOf = (data: Readonly<Record<string, string>>): number => Object.values(data).reduce((sum, text) => sum + text.length, 0);

/** What the first ConfigMap says of the further ones: a line each, name and uid. */
export const furtherText = (further: ReadonlyArray<Pick<Place, 'name' | 'uid'>>): string =>
	further.map(({name, uid}) => `${name} ${uid}`).join('\n');

/** The further ConfigMaps that the first one of a run names; undefined where it says what this program does not write. */
export function furtherIn(text: string, first: string): ReadonlyArray<Pick<Place, 'name' | 'uid'>> | undefined {
	const lines = text === '' ? [] : text.split('\n');
	const named = lines.slice(0, mostFurther).flatMap(line => {
		const [name = '', uid = ''] = line.split(' ');
		return name !== first && firstOf(name) === first && /^[\w-]{1,64}$/u.test(uid) ? [{name, uid}] : [];
	});
	return named.length === lines.length ? named : undefined;
}

/** The run's first ConfigMap, by the name that a further one has or may have. */
export const firstOf = (name: string): string => name.replace(/-[\da-f]{8}$/u, '');

/** Parts of all ConfigMaps of a journal, in the order in which the first names them, as those of one. */
export function joined(all: ReadonlyArray<Readonly<Record<string, string | undefined>>>): Record<string, string | undefined> {
	const [first = {}, ...further] = all;
	const parts = further.flatMap(data => Object.entries(data).filter(([name]) => isPart(name)));
	return {...first, ...Object.fromEntries(parts)};
}
