import type {Flag} from './flags.ts';
import {wrapped} from './wrapped.ts';

/** Where the help of a flag begins. */
const column = 38;

/** Flags as help shows them, one below the other, their help wrapped to the terminal's width. */
export function flagRows(flags: readonly Flag[], width: number): string[] {
	return flags.map(({name, short, value, help}) => {
		const names = `  ${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : `=${value}`}`;
		const [first = '', ...more] = wrapped(help, width - column);
		const lines = names.length >= column ? [names, ' '.repeat(column) + first] : [names.padEnd(column) + first];
		return [...lines, ...more.map(line => ' '.repeat(column) + line)].join('\n');
	});
}
