type Issue = {readonly path: readonly PropertyKey[]};

/** The first of what a schema has found wrong, in words of ours: where it stands. */
export function firstIssue({issues: [first]}: {readonly issues: readonly Issue[]}): string {
	const where = first?.path.map(String).join('.') ?? '';
	return where === '' ? 'its form is not known' : `${where} is missing, or not what is expected there`;
}
