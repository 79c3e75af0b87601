/** Readers of JSON that nobody vouches for: what is missing or of another type becomes empty, nothing throws. */
export type Untyped = Readonly<Record<string, unknown>>;

/** The value as an object; an empty one for anything else. */
export function objectOf(value: unknown): Untyped {
	return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Untyped) : {};
}

/** What lies at a path of keys, undefined where it ends early. */
export function at(value: unknown, ...keys: readonly string[]): unknown {
	let here = value;
	for (const key of keys) {
		const object = objectOf(here);
		here = Object.hasOwn(object, key) ? object[key] : undefined;
	}

	return here;
}

/** The array that it is, else an empty one. */
export function listOf(value: unknown): readonly unknown[] {
	return Array.isArray(value) ? value : [];
}

/** The text that it is, a number or a truth as text, else an empty one. */
export function textOf(value: unknown): string {
	return typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** The finite number that it is. */
export function numberOf(value: unknown): number | undefined {
	return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** The JSON value of a text; undefined where it is none. */
export function jsonOf(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}
