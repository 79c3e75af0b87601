import {TemplateError} from './template-error.ts';
import {descent, field, inTurn, item, literal, quoted, slice, union, where, whereExists, wildcard, type Step} from './steps.ts';
import {unquoted} from './unquoted.ts';

/** A template as kubectl's: text, what is put in between braces, and what is repeated between `{range}` and `{end}`. */
export type Part = {readonly text: string} | {readonly put: Step} | {readonly repeatFor: Step; readonly parts: readonly Part[]};

/** @throws TemplateError for a template that cannot be read, in kubectl's words */
export function parseTemplate(template: string): readonly Part[] {
	const open: Array<{readonly repeatFor: Step; readonly parts: Part[]}> = [];
	const whole: Part[] = [];
	const reader = readerOf(template);
	while (!reader.isAtEnd()) {
		const into = open.at(-1)?.parts ?? whole;
		const text = reader.take(/[^{]+/uy);
		if (text !== undefined) {
			into.push({text});
			continue;
		}

		reader.take(/\{/uy);
		const {keyword, steps, text: own} = readAction(reader, '}');
		if (keyword === '') into.push(own === undefined ? {put: inTurn(steps)} : {text: own});
		else if (keyword === 'range') {
			const range = {repeatFor: inTurn(steps), parts: []};
			into.push(range);
			open.push(range);
		} else if (keyword === 'end') {
			if (open.pop() === undefined) throw new TemplateError('not in range, nothing to end');
		} else throw new TemplateError(`unrecognized identifier ${keyword}`);
	}

	return whole;
}

/** What is not read yet of a text. */
type Reader = {
	/** What the expression (sticky) matches here, and goes on behind it; undefined where it does not match. */
	readonly take: (expression: RegExp) => string | undefined;
	readonly isAtEnd: () => boolean;
	readonly rest: () => string;
};

function readerOf(text: string): Reader {
	let at = 0;
	return {
		take(expression) {
			expression.lastIndex = at;
			const [taken] = expression.exec(text) ?? [];
			at += taken?.length ?? 0;
			return taken;
		},
		isAtEnd: () => at >= text.length,
		rest: () => text.slice(at),
	};
}

/** `text` where a text in quotes is all there is. */
type Action = {readonly keyword: string; readonly steps: readonly Step[]; readonly text: string | undefined};

/** One pair of braces, behind the first. @param closing what ends it; empty for the end of the text */
function readAction(reader: Reader, closing: '}' | ''): Action {
	const steps: Step[] = [];
	let keyword = '';
	let text: string | undefined;
	for (;;) {
		if (closing === '' ? reader.isAtEnd() : reader.take(/\}/uy) !== undefined)
			return {keyword, steps, text: steps.length === 1 ? text : undefined};
		if (reader.isAtEnd() || reader.take(/[\r\n]/uy) !== undefined) throw new TemplateError('unclosed action');
		if (reader.take(/[ @$]/uy) !== undefined) continue;
		const word = reader.take(/[\p{L}\p{N}_](?<!\p{N})[^ \t\r\n.,[\]$@{}]*/uy);
		const quote = word === undefined ? reader.take(/["']/uy) : undefined;
		if (quote !== undefined) {
			text = readQuoted(reader, quote);
			steps.push(quoted(text));
		} else if (word === undefined) steps.push(...readStep(reader));
		else if (word === 'true' || word === 'false') steps.push(literal(word === 'true'));
		else keyword = word;
	}
}

function readStep(reader: Reader): readonly Step[] {
	if (reader.take(/\[\?\(/uy) !== undefined) return [readFilter(reader)];
	if (reader.take(/\.\./uy) !== undefined) return readDescent(reader);
	if (reader.take(/\./uy) !== undefined) return [readField(reader)];
	const number = reader.take(/[+-][\d.]*|\d[\d.]*/uy);
	if (number !== undefined) return [literal(numberOf(number))];
	if (reader.take(/\[/uy) !== undefined) {
		const inside = reader.take(/[^\]\n]*\]/uy);
		if (inside === undefined) throw new TemplateError('unterminated array');
		return readBrackets(inside.slice(0, -1));
	}

	const [character = ''] = reader.rest();
	const point = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
	throw new TemplateError(`unrecognized character in action: U+${point} '${character}'`);
}

const fieldName = /(?:\\.|[^ \t\r\n.,[\]$@{}\\])*/suy;

function readField(reader: Reader): Step {
	const name = reader.take(fieldName) ?? '';
	return name === '*' ? wildcard : field(name.replaceAll('\\', ''));
}

function readDescent(reader: Reader): readonly Step[] {
	if (reader.rest().startsWith('..')) throw new TemplateError('invalid multiple recursive descent');
	return /^[\p{L}\p{N}_]/u.test(reader.rest()) ? [descent, readField(reader)] : [descent];
}

function readQuoted(reader: Reader, quote: string): string {
	const inside = reader.take(quote === '"' ? /(?:\\.|[^"\\\n])*"/uy : /(?:\\.|[^'\\\n])*'/uy);
	if (inside === undefined) throw new TemplateError('unterminated quoted string');
	return unquoted(quote + inside);
}

function numberOf(typed: string): number {
	const number = Number(typed);
	if (!Number.isFinite(number) || typed === '+' || typed === '-') throw new TemplateError(`cannot parse number ${typed}`);
	return number;
}

/** What stands between `[` and `]`: an index, a slice, a key in quotes, or several of them. */
function readBrackets(inside: string): readonly Step[] {
	const each = inside.split(',');
	if (each.length > 1) return [union(each.map(one => inTurn(readBrackets(one.trim()))))];
	const [, key] = /^'([^']*)'$/u.exec(inside) ?? [];
	if (key !== undefined) return readAction(readerOf(`.${key}`), '').steps;
	const numbers = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/u.exec(inside === '*' ? ':' : inside);
	if (numbers === null) throw new TemplateError(`invalid array index ${inside}`);
	const [start, end, step] = numbers.slice(1).map(indexOf);
	if (numbers[2] === undefined) return [item(start ?? 0)];
	return [slice({start, end, step})];
}

function indexOf(typed: string | undefined): number | undefined {
	const digits = typed?.replace(/^:/u, '') ?? '';
	if (digits === '') return undefined;
	if (digits === '-') throw new TemplateError('array index - is not a number');
	return Number(digits);
}

/** Behind `[?(`, up to `)]`: a path that has to reach something, or two sides and what has to hold between them. */
function readFilter(reader: Reader): Step {
	const inside = reader.take(/(?:[^"')\n]|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')*\)/uy)?.slice(0, -1);
	if (inside === undefined) throw new TemplateError('unterminated filter');
	if (reader.take(/\]/uy) === undefined) throw new TemplateError('unclosed array expect ]');
	const [, left, operator, right] = /^([^!<>=]+)([!<>=~]+)(.+?)$/su.exec(inside) ?? [];
	if (left === undefined || operator === undefined || right === undefined) return whereExists(readSide(inside));
	return where(readSide(left), operator, readSide(right));
}

const readSide = (typed: string): Step => inTurn(readAction(readerOf(typed), '').steps);
