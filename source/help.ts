import type {Command} from './commands/command.ts';
import {commands} from './commands/index.ts';
import {commonFlags, connectionFlags, type Flag} from './flags.ts';

/** How a command is typed, without its flags. */
export const usageOf = ({name}: Command): string => `kubectl hostport${name === '' ? '' : ` ${name}`}`;

/** The help of one command, from the same table that parses its words. */
export function helpOf(command: Command): string {
	const paragraphs = [
		command.summary,
		`Usage: ${usageOf(command)} ${command.usage}`,
		command.details ?? '',
		command.name === '' ? titled('Commands:', commands.slice(1).map(commandRow)) : '',
		titled('Flags:', command.flags.map(flagRow)),
		command.connects ? titled('Connection, as in kubectl:', connectionFlags.map(flagRow)) : '',
		titled('General:', commonFlags.map(flagRow)),
		exitCodes,
	];
	return `${paragraphs.filter(paragraph => paragraph !== '').join('\n\n')}\n`;
}

const exitCodes = `Exit codes: 0 well, 1 faults found or differences, 2 wrong usage, 3 could not look everywhere,
4 changed and rolled back, 5 rollback failed, 130 interrupted.`;

const titled = (title: string, rows: readonly string[]): string => (rows.length === 0 ? '' : [title, ...rows].join('\n'));

const commandRow = ({name, summary}: Command): string => `  ${name.padEnd(12)}${summary}`;

function flagRow({name, short, value, help}: Flag): string {
	const names = `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : `=${value}`}`;
	return names.length > 34 ? `  ${names}\n${' '.repeat(38)}${help}` : `  ${names.padEnd(36)}${help}`;
}
