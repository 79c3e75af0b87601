import {describe, expect, it} from 'vitest';
import {parse} from '../source/cli.ts';
import {commands} from '../source/commands/index.ts';
import {helpOf, usageOf} from '../source/command-line/help.ts';
import {flagOf, typedAs} from '../source/command-line/option.ts';
import {sharedOptions} from '../source/command-line/shared-options.ts';
import {widthOf, wrapped} from '../source/wrapped.ts';
import {runHere} from './support/program.ts';

const examples = commands.flatMap(command =>
	command.examples.map(([does, words]) => ({command, does, words, typed: `${usageOf(command)} ${words}`.trim()})),
);

describe.each(commands)('help of «$name»', command => {
	it.each([40, 60, 80, 120])('fits into %i columns', width => {
		// A synopsis, an example and a flag's own values are words that are not broken.
		const whole = /^(?:Usage: |  kubectl |  # | {2}(?:-\w, | {4})--\S+$)/u;
		const long = helpOf(command, commands, width)
			.split('\n')
			.filter(line => line.length > width && !whole.test(line));
		expect(long).toEqual([]);
	});

	it('names each of its own flags, and where those are that others have too', () => {
		const help = helpOf(command, commands, 80);
		for (const [name, option] of Object.entries(command.options))
			expect(help.includes(` ${typedAs(name, option)}`), name).toBe(option.topic === undefined);
		expect(help.includes('Flags of the connection')).toBe(command.connects);
	});
});

it('every command that does something with words or a cluster has one to three examples', () => {
	expect(commands.filter(each => each.examples.length === 0).map(({name}) => name)).toEqual(['options']);
	expect(commands.filter(each => each.examples.length > 3).map(({name}) => name)).toEqual([]);
});

it.each(examples)('example «$typed» fits into 80 columns', ({typed}) => {
	expect(`  ${typed}`.length).toBeLessThanOrEqual(80);
});

it.each(examples)('example «$typed» is what the command understands', ({command, words}) => {
	const typed = words === '' ? [] : words.split(' ');
	expect(parse([command.name, ...typed].filter(Boolean)).command.name).toBe(
		command.name === '' && words === 'check' ? 'check' : command.name,
	);
});

it('options lists every flag that all commands take, and those that the help of a command does not show', async () => {
	const {output} = await runHere(['options']);
	const topical = commands.flatMap(({options}) => Object.entries(options).filter(([, {topic}]) => topic !== undefined));
	for (const name of [...Object.keys(sharedOptions), ...topical.map(([name]) => name)]) expect(output).toContain(` ${flagOf(name)}`);
	for (const {name} of commands) expect(parse([name, '--context=a'].filter(Boolean)).typed).toEqual({context: 'a'});
});

it.each([
	['one two three', 7, ['one two', 'three']],
	['one two', 7, ['one two']],
	['unbreakable a', 4, ['unbreakable', 'a']],
	['', 10, ['']],
])('«%s» in %i columns', (words, width, lines) => {
	expect(wrapped(words, width)).toEqual(lines);
});

it.each([
	[undefined, 80],
	[120, 120],
	[40, 40],
	[10, 30],
	[0, 80],
])('a terminal of %s columns is written to as one of %i', (columns, width) => {
	expect(widthOf({columns})).toBe(width);
});
