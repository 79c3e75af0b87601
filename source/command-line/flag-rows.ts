import {wrapped} from '../wrapped.ts';
import {typedAs, type Options} from './option.ts';

/** Where the help of a flag begins: beside it, or below it where beside it is no room to read. */
const columnAt = (width: number): number => (width < 72 ? 8 : 38);

/** Flags as help shows them, one below the other, their help wrapped to the terminal's width. */
export function flagRows(options: Options, width: number): string[] {
	const column = columnAt(width);
	return Object.entries(options).map(([name, option]) => {
		const {short, value, bare, help} = option;
		const names = `  ${short === undefined ? '    ' : `-${short}, `}${typedAs(name, option)}${value === undefined ? '' : bare === undefined ? `=${value}` : `[=${value}]`}`;
		const [first = '', ...more] = wrapped(help, width - column);
		const lines = names.length >= column ? [names, ' '.repeat(column) + first] : [names.padEnd(column) + first];
		return [...lines, ...more.map(line => ' '.repeat(column) + line)].join('\n');
	});
}
