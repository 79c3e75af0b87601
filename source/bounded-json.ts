/** A CRD's schema has some hundred levels; evidence has ten. */
const deepestJson = 1000;
/** Thirty times what a page of 500 pods with their managed fields has; as empty objects they take 300 MB. */
const mostValues = 4_000_000;

/**
 * JSON from outside as what it stands for. The runtime's own parser takes minutes and gigabytes for what is two million levels deep, or
 * has ten million objects in its 30 MB.
 * @param most values that it may have: lists, objects and their members
 * @throws SyntaxError for what is no JSON, or nested or divided beyond all measure
 */
export function parseJson(body: Buffer, most = mostValues): unknown {
	assertBounded(body, most);
	return JSON.parse(body.toString('utf8')) as unknown;
}

function assertBounded(body: Buffer, most: number): void {
	let depth = 0;
	let values = 0;
	let inString = false;
	for (let index = 0; index < body.length; index += 1) {
		const byte = body[index];
		if (inString) {
			if (byte === 0x5c) index += 1;
			else if (byte === 0x22) inString = false;
		} else if (byte === 0x22) inString = true;
		else if (byte === 0x5d || byte === 0x7d) depth -= 1;
		else if (byte === 0x5b || byte === 0x7b || byte === 0x2c) {
			if (byte !== 0x2c) depth += 1;
			values += 1;
			if (depth > deepestJson) throw new SyntaxError(`nested deeper than ${deepestJson} levels`);
			if (values > most) throw new SyntaxError(`more than ${most} values`);
		}
	}
}
