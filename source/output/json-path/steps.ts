import {comparison, type Comparison} from './comparison.ts';
import {TemplateError} from './template-error.ts';

/** One step of a path: from the values it has come to, to those it continues from. @throws TemplateError */
export type Step = (values: readonly unknown[]) => readonly unknown[];

/** One step after the other. */
export const inTurn =
	(steps: readonly Step[]): Step =>
	values =>
		steps.reduce<readonly unknown[]>((reached, step) => step(reached), values);

/** A value that stands in the template itself. */
export const literal =
	(value: string | number | boolean): Step =>
	values =>
		values.map(() => value);

/** Text is there once, whatever has been reached. */
export const quoted =
	(text: string): Step =>
	() => [text];

/** `.name`; what has no such field is omitted. */
export const field =
	(name: string): Step =>
	values =>
		values.flatMap(value => (isMap(value) && Object.hasOwn(value, name) ? [value[name]] : []));

/** `.*`: every value of a map, every item of a list. */
export const wildcard: Step = values => values.flatMap(childrenOf);

/** `..`: every map and list that is not empty, from the outside in. */
export const descent: Step = values =>
	values.flatMap(value => {
		const children = childrenOf(value);
		return children.length === 0 ? [] : [value, ...descent(children)];
	});

/** `[a,b]`: what the one reaches, then what the other does. */
export const union =
	(steps: readonly Step[]): Step =>
	values =>
		steps.flatMap(step => step(values));

/** Which items of a list: one, or a range of them. */
export type Slice = {readonly start: number | undefined; readonly end: number | undefined; readonly step: number | undefined};

/** `[1:-1]`: items from one on, up to another, every so many. @throws TemplateError for what is no list, or too short */
export const slice =
	({start, end, step = 1}: Slice): Step =>
	values =>
		values.flatMap(value => {
			if (value === null) return [];
			if (!Array.isArray(value)) throw new TemplateError(`${kindOf(value)} is not array or slice`);
			const from = fromEnd(start ?? 0, value.length);
			const to = fromEnd(end ?? value.length, value.length);
			if (from === to) return [];
			assertWithin(from, value.length, from < 0 || from >= value.length);
			assertWithin(to - 1, value.length, to < 0 || to > value.length);
			if (from > to) throw new TemplateError(`starting index ${from} is greater than ending index ${to}`);
			if (step <= 0) throw new TemplateError('step must be > 0');
			return value.slice(from, to).filter((_, index) => index % step === 0) as unknown[];
		});

/** `[3]`, `[-1]`. */
export const item = (index: number): Step => {
	// The one before the last ends where the last begins; the last ends with the list.
	const end = index === -1 ? undefined : index + 1;
	return slice({start: index, end, step: undefined});
};

/** `[?(@.a)]`: items for which the path reaches anything. */
export const whereExists =
	(wanted: Step): Step =>
	values =>
		values.flatMap(value => itemsToFilter(value).filter(each => reaches(wanted, each)));

/** `[?(@.a=="b")]`: items for which it holds. */
export const where =
	(left: Step, operator: string, right: Step): Step =>
	values =>
		values.flatMap(value => itemsToFilter(value).filter(each => holds(each, {left, compare: comparison(operator), right})));

function holds(value: unknown, {left, compare, right}: {readonly left: Step; readonly compare: Comparison; readonly right: Step}): boolean {
	const [lefts, rights] = [left([value]), right([value])];
	if (lefts.length === 0 || rights.length === 0) return false;
	if (lefts.length > 1 || rights.length > 1) throw new TemplateError('can only compare one element at a time');
	return compare(lefts[0], rights[0]);
}

/** A path that cannot be gone reaches nothing. */
function reaches(wanted: Step, value: unknown): boolean {
	try {
		return wanted([value]).length > 0;
	} catch (error) {
		if (error instanceof TemplateError) return false;
		throw error;
	}
}

function itemsToFilter(value: unknown): readonly unknown[] {
	if (Array.isArray(value)) return value;
	throw new TemplateError(`${kindOf(value)} is not array or slice and cannot be filtered`);
}

function childrenOf(value: unknown): readonly unknown[] {
	if (Array.isArray(value)) return value;
	// Maps have no order; kubectl's is by chance.
	return isMap(value)
		? Object.keys(value)
				.sort()
				.map(key => value[key])
		: [];
}

function assertWithin(index: number, length: number, isOut: boolean): void {
	if (isOut) throw new TemplateError(`array index out of bounds: index ${index}, length ${length}`);
}

const fromEnd = (index: number, length: number): number => (index < 0 ? index + length : index);

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const kindOf = (value: unknown): string => (value === null ? 'null' : isMap(value) ? 'a map' : `a ${typeof value}`);
