/** A CRD's schema has some hundred levels; evidence has ten. */
const deepestJson = 1000;

/**
 * JSON from outside as what it stands for. The runtime's own parser takes minutes and gigabytes for what is two million levels deep.
 * @throws SyntaxError for what is no JSON, or nested beyond all measure
 */
export function parseJson(body: Buffer): unknown {
	if (isTooDeep(body)) throw new SyntaxError(`nested deeper than ${deepestJson} levels`);
	return JSON.parse(body.toString('utf8')) as unknown;
}

function isTooDeep(body: Buffer): boolean {
	let depth = 0;
	let inString = false;
	for (let index = 0; index < body.length; index += 1) {
		const byte = body[index];
		if (inString) {
			if (byte === 0x5c) index += 1;
			else if (byte === 0x22) inString = false;
		} else if (byte === 0x22) inString = true;
		else if (byte === 0x5b || byte === 0x7b) {
			depth += 1;
			if (depth > deepestJson) return true;
		} else if (byte === 0x5d || byte === 0x7d) depth -= 1;
	}

	return false;
}
