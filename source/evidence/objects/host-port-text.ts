const word = Buffer.from('hostPort');
const escape = Buffer.from('\\u00');

/**
 * Whether a pod may have a hostPort, told by the bytes of its JSON: false only where a parser would find none. A key may be written with
 * escapes of its letters (`\u0068`), though no API server does.
 */
export function mayHaveHostPort(object: Buffer): boolean {
	if (object.includes(word)) return true;
	for (let at = object.indexOf(escape); at >= 0; at = object.indexOf(escape, at + escape.length)) {
		const digit = object[at + escape.length] ?? 0;
		// Letters are \u0041 to \u007a; Go writes <, > and & as \u003c, \u003e and \u0026.
		if (digit >= 0x34 && digit <= 0x37) return true;
	}

	return false;
}

/** As Kubernetes writes an object's metadata: nothing before the uid can hold another. */
const uid =
	/^\{"metadata":\{"name":"[^"\\]*",(?:"generateName":"[^"\\]*",)?(?:"namespace":"[^"\\]*",)?(?:"selfLink":"[^"\\]*",)?"uid":"(?<uid>[\w-]+)"/u;

/** An object's uid, told by its bytes; undefined where only a parser can tell. */
export function uidIn(object: Buffer): string | undefined {
	return uid.exec(object.toString('latin1', 0, 1024))?.groups?.['uid'];
}
