/** A kubeconfig has some twenty a cluster. The parser takes a second and 300 MB for so many; a line of more of them ends the process. */
const mostMarks = 100_000;
/** What every value of a YAML text has one of, and base64 and most names have not. */
const mark = /[\n\r,[\]{}&*!|>'"]|[-?:](?=\s|$)/gu;

/**
 * The time of a YAML parser grows with the values in a text, not with its length, and it knows no limit of its own.
 * @throws RangeError for more of them than any tool writes for a person
 */
export function assertFewValues(yaml: string): void {
	let marks = 0;
	for (const _ of yaml.matchAll(mark)) {
		marks += 1;
		if (marks > mostMarks) throw new RangeError(`it has more than ${mostMarks.toLocaleString('en')} lines and values`);
	}
}
