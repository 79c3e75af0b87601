import {UsageError} from '../../errors.ts';
import {sha256Of} from './inspect.ts';

/** The sum in a `.sha256` file: the sum alone, or `sum  name` as sha256sum prints it; undefined where there is none. */
export function sumIn(text: string): string | undefined {
	return /^\s*([\da-f]{64})(?:\s|$)/i.exec(text)?.[1]?.toLowerCase();
}

/** @throws UsageError where the content has another sum than the one expected */
export function assertSum(content: Uint8Array, expected: string, origin: string, where: string): void {
	const found = sha256Of(content);
	if (found !== expected.toLowerCase()) {
		throw new UsageError(
			`${origin} has sha256 ${found}, but ${where} says ${expected}`,
			'Do not use it. Fetch it again from a source that you trust.',
		);
	}
}
