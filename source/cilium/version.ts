import coerce from 'semver/functions/coerce.js';
import satisfies from 'semver/functions/satisfies.js';

/**
 * The bare `1.17.4` of what an image tag or a status line says: `v1.19.6`, `1.17.4-eksbuild.1`, `v1.10.16@sha256:…`.
 * A vendor's suffix is no pre-release: it is omitted. Undefined where the text is not a version (`latest`, empty).
 */
export function plainVersion(text: string): string | undefined {
	const trimmed = text.trim();
	return /^v?\d+\.\d+/.test(trimmed) ? coerce(trimmed.split('@')[0])?.version : undefined;
}

/** Whether a version is in a range of semver's form, `>=1.14.0 <1.19.0`. A text that is no version is in no range. */
export function isVersion(text: string, range: string): boolean {
	const key = `${range} ${text}`;
	let answer = answers.get(key);
	if (answer === undefined) {
		const version = plainVersion(text);
		answer = version !== undefined && satisfies(version, range);
		if (answers.size >= maximumAnswers) answers.clear();
		answers.set(key, answer);
	}

	return answer;
}

// A cluster has few versions and many nodes: each question is asked thousands of times.
const answers = new Map<string, boolean>();
const maximumAnswers = 1000;

/** `1.15` of `1.15.19`; empty where it is no version. */
export const minorOf = (version: string): string => plainVersion(version)?.split('.').slice(0, 2).join('.') ?? '';
