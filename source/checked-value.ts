import {UsageError} from './errors.ts';
import type {Flag} from './flags.ts';
import {didYouMean} from './near-names.ts';
import {nodeName} from './node-name.ts';

/**
 * A flag's value as its row in the table of flags has it; the name of a node without `node/`.
 * @throws UsageError for a value that does not fit
 */
export function checkedValue(flag: Flag, value: unknown): string | number | boolean {
	if (flag.type === 'string' && (typeof value !== 'string' || value === ''))
		throw new UsageError(`--${flag.name} needs a value`, flag.help);
	if (typeof value === 'string') assertNoControls(value, `--${flag.name}`);
	if (flag.type === 'number') {
		const [least, most] = flag.range ?? [0, Number.MAX_SAFE_INTEGER];
		if (typeof value !== 'number' || !Number.isInteger(value)) throw new UsageError(`--${flag.name} needs a whole number`, flag.help);
		if (value < least || value > most)
			throw new UsageError(
				`--${flag.name} cannot be ${value}`,
				flag.range === undefined ? 'Give 0 or more' : `Give a number from ${least} to ${most}`,
			);
	}

	const choices = flag.value?.includes('|') === true ? flag.value.split('|') : undefined;
	const template = /^(?:go-template|jsonpath|custom-columns)(?=[-=]|$)/u.exec(String(value))?.[0];
	if (flag.name === 'output' && template !== undefined)
		throw new UsageError(
			`there is no -o ${template}`,
			'Give -o json to jq, whose language can do all of that: kubectl hostport check -o json | jq',
		);
	if (choices !== undefined && !choices.includes(String(value))) {
		throw new UsageError(
			`--${flag.name} cannot be "${String(value)}"${didYouMean(String(value), choices)}`,
			`One of: ${choices.join(', ')}`,
		);
	}

	return flag.value === 'NODE' ? nodeName(String(value)) : (value as string | number | boolean);
}

/** No name, path or address that anybody means holds a line break; in a manifest or a script it would begin a line of its own. */
export function assertNoControls(text: string, what: string): void {
	if (/\p{Cc}/u.test(text))
		throw new UsageError(`${what} holds a control character: "${text}"`, 'Type it without line breaks and control characters');
}
