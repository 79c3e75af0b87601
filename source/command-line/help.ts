import {wrapped} from '../wrapped.ts';
import type {Command} from './command.ts';
import {flagRows} from './flag-rows.ts';
import {commonOptions} from './shared-options.ts';

/** How a command is typed, without its flags. */
export const usageOf = ({name}: Command): string => `kubectl hostport${name === '' ? '' : ` ${name}`}`;

/** The same with the words that may follow. */
export const usageLine = (command: Command): string => `${usageOf(command)} ${command.words.usage}`.trimEnd();

/**
 * The help of one command, from the same row that parses its words.
 * @param others the commands that the help of no command lists
 * @param width columns of the terminal
 */
export function helpOf(command: Command, others: readonly Command[], width: number): string {
	const own = Object.fromEntries(Object.entries(command.options).filter(([, {topic}]) => topic === undefined));
	const topics = [...new Set(Object.values(command.options).flatMap(({topic}) => topic ?? []))];
	const prose = (text: string): string => wrapped(text, width).join('\n');
	const paragraphs = [
		prose(command.summary),
		`Usage: ${usageLine(command)}`,
		prose(command.details ?? ''),
		titled(
			'Examples:',
			command.examples.map(([does, words]) => `  # ${does}\n  ${usageOf(command)}${words === '' ? '' : ` ${words}`}`),
		),
		command.name === ''
			? titled(
					'Commands:',
					others.filter(({name, isHidden}) => name !== '' && isHidden !== true).map(each => commandRow(each, width)),
				)
			: '',
		titled('Flags:', flagRows({...own, ...commonOptions}, width)),
		command.connects ? prose(`Flags of ${['the connection (the same as kubectl’s)', ...topics].join(', ')}: kubectl hostport options`) : '',
		prose(exitCodes),
	];
	return `${paragraphs.filter(paragraph => paragraph !== '').join('\n\n')}\n`;
}

const exitCodes =
	'Exit codes: 0 ok, 1 faults or differences found, 2 wrong usage, 3 not everything could be read, 4 changed and rolled back, 5 rollback failed, 130 interrupted.';

const titled = (title: string, rows: readonly string[]): string => (rows.length === 0 ? '' : [title, ...rows].join('\n'));

const commandRow = ({name, summary}: Command, width: number): string =>
	`  ${name.padEnd(12)}${wrapped(summary, width - 14).join(`\n${' '.repeat(14)}`)}`;
