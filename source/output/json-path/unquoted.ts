import {TemplateError} from './template-error.ts';

const named: ReadonlyMap<string, string> = new Map([
	['a', '\u0007'],
	['b', '\b'],
	['f', '\f'],
	['n', '\n'],
	['r', '\r'],
	['t', '\t'],
	['v', '\v'],
	['\\', '\\'],
	['"', '"'],
	["'", "'"],
]);

/** What a text in quotes stands for, by Go's escapes (`\n`, `\x41`, `\u00e9`, `\101`). @throws TemplateError */
export function unquoted(typed: string): string {
	return typed
		.slice(1, -1)
		.replaceAll(/\\(?:x([\da-f]{2})|u([\da-f]{4})|U([\da-f]{8})|([0-7]{3})|(.))/giu, (_, ...groups: Array<string | undefined>) => {
			const [byte, short, long, octal, letter = ''] = groups;
			const code = byte ?? short ?? long;
			const point = code === undefined ? Number.parseInt(octal ?? '', 8) : Number.parseInt(code, 16);
			const text = Number.isNaN(point) ? named.get(letter) : point <= 0x10_ff_ff ? String.fromCodePoint(point) : undefined;
			if (text === undefined) throw new TemplateError(`unquote string ${typed} error invalid syntax`);
			return text;
		});
}
