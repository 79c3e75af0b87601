/** Work in pieces of a millisecond or so: between two of them somebody else may have the thread. */
export type Pieces<Result> = Generator<void, Result>;

/** Does all of it at once. */
export function atOnce<Result>(work: Pieces<Result>): Result {
	for (;;) {
		const step = work.next();
		if (step.done === true) return step.value;
	}
}
