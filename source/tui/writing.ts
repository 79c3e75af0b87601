import {span, type Line} from './line.ts';
import {pad, widthOf, wrap} from './text-width.ts';
import type {Tone} from './theme.ts';

// No proof or status is longer; a node that sends more must not make a million lines.
const maximumCharacters = 20_000;

/** A text beside its label; further lines begin where the first one does. */
export function labelled(
	label: string,
	text: string,
	width: number,
	{indent = 0, labelWidth = widthOf(label), tone = 'plain', labelTone = 'muted'}: LabelOptions = {},
): readonly Line[] {
	const margin = ' '.repeat(indent);
	const room = Math.max(8, width - indent - labelWidth - 2);
	return wrap(text.slice(0, maximumCharacters), room).map((line, index) => [
		span(margin),
		span(pad(index === 0 ? label : '', labelWidth), labelTone),
		span('  '),
		span(line, tone),
	]);
}

type LabelOptions = {
	readonly indent?: number;
	readonly labelWidth?: number;
	readonly tone?: Tone;
	readonly labelTone?: Tone;
};

/** Seconds since the epoch as `2024-01-10 09:05:10Z`; empty where the node told none. */
export function timeText(seconds: number): string {
	const date = new Date(seconds * 1000);
	return seconds <= 0 || Number.isNaN(date.getTime())
		? ''
		: date
				.toISOString()
				.replace('T', ' ')
				.replace(/\.\d+Z$/u, 'Z');
}

/** `1 node`, `3 nodes`. */
export function countText(count: number, one: string, many = `${one}s`): string {
	return `${count} ${count === 1 ? one : many}`;
}
