import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';

const source = path.join(import.meta.dirname, '..', 'source');
const files = readdirSync(source, {recursive: true, encoding: 'utf8'}).filter(file => /\.tsx?$/u.test(file) && !file.startsWith('demo'));

/** An error for people whose two lines are written where it is made: what failed and where, then what to do. */
const made =
	/new (?:Actionable|Usage)Error\(\s*(?<message>`(?:\\.|[^`\\])*`|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"),\s*(?<hint>`(?:\\.|[^`\\])*`|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")/gu;

const errors = files.flatMap(file =>
	[...readFileSync(path.join(source, file), 'utf8').matchAll(made)].map(({groups}) => ({
		file,
		message: (groups?.['message'] ?? '').slice(1, -1),
		hint: (groups?.['hint'] ?? '').slice(1, -1),
	})),
);

test('the errors are found', () => {
	expect(errors.length).toBeGreaterThan(120);
});

test('every error has a line of what to do, which begins with a capital', () => {
	expect(errors.filter(({hint}) => !/^(?:[A-Z]|\$\{)/u.test(hint)).map(({file, hint}) => `${file}: ${hint}`)).toEqual([]);
});

test('a command to look with stands behind “See: ”', () => {
	expect(errors.filter(({hint}) => /^See (?!:)(?:also )?(?:kubectl|\$\{)/u.test(hint)).map(({file, hint}) => `${file}: ${hint}`)).toEqual(
		[],
	);
});

test('what failed is one clause that does not name this program again: it stands before it', () => {
	expect(
		errors.filter(({message}) => /^(?:kubectl hostport|Error)\b|[.!]$|\n/u.test(message)).map(({file, message}) => `${file}: ${message}`),
	).toEqual([]);
});

test('a sentence of what to do ends with a full stop; a command to copy stands at the end, without one', () => {
	const wrong = errors.filter(({hint}) => {
		const isCommand = /: (?:kubectl|ssh|-|\$\{)[^:]*$/u.test(hint);
		return isCommand ? /: kubectl hostport \w+(?: \w+)?\.$/u.test(hint) : !/(?:[.?]|: |\$\{[^}]*\})$/u.test(hint);
	});
	expect(wrong.map(({file, hint}) => `${file}: ${hint}`)).toEqual([]);
});
