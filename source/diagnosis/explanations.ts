import type {Explanation} from './causes/cause.ts';
import {causes} from './causes/index.ts';

/** What each code means, in the order of the codes. */
export const explanations: readonly Explanation[] = [...new Map(causes.map(cause => [cause.code, cause])).values()].toSorted((a, b) =>
	a.code < b.code ? -1 : 1,
);

/** What a code means; undefined where there is no such code. Case does not matter, and `hp2` is HP02. */
export function explain(code: string): Explanation | undefined {
	const typed = code
		.trim()
		.toUpperCase()
		.replace(/^HP(?=\d(?:\D|$))/u, 'HP0');
	return explanations.find(each => each.code.toUpperCase() === typed);
}
