import {describe, expect, it} from 'vitest';
import {bindingsOf, screens} from '../../source/tui/screens/index.ts';
import {keyWord} from '../../source/tui/screens/key-words.ts';
import {textOfScreen, viewWith} from './fixtures.ts';

const view = viewWith({});

describe('the keys', () => {
	it.each(screens)('of $name that it has itself do not mean two things', ({keys}) => {
		const all = keys.flatMap(binding => binding.keys);
		expect(all.filter((key, index) => all.indexOf(key) !== index)).toEqual([]);
	});

	it('that open a screen are told apart', () => {
		const all = screens.flatMap(({opener}) => opener?.keys ?? []);
		expect(all.filter((key, index) => all.indexOf(key) !== index)).toEqual([]);
	});

	it.each(screens)('of $name let a person leave it, quit, and ask for help', screen => {
		const keys = bindingsOf(screen).flatMap(binding => binding.keys);
		expect(keys).toEqual(expect.arrayContaining(['q', 'ctrl+c', 'escape', ...(screen.name === 'help' ? [] : ['?'])]));
	});

	it.each(screens)('of $name are keys that the keyboard layer can give', screen => {
		const named = new Set(['up', 'down', 'left', 'right', 'pageUp', 'pageDown', 'home', 'end', 'enter', 'escape', 'tab', 'shift+tab']);
		const keys = bindingsOf(screen).flatMap(binding => binding.keys);
		expect(keys.filter(key => !named.has(key) && key.length > 1 && !/^ctrl\+[a-z]$/u.test(key))).toEqual([]);
	});

	it('are in the help by the screens that have them, those of the screen that asks first', () => {
		const help = textOfScreen({screen: {name: 'help', offset: 0, from: 'run'}}, view);
		const sections = help.split(/\n\n/u).map(section => section.split('\n').map(line => line.trim()));
		expect(sections[0]?.[0]).toBe('On a run');
		expect(sections.filter(lines => lines.filter(line => line.startsWith('enter ')).length > 1)).toEqual([]);
		expect(sections.find(lines => lines.some(line => line.includes('back to the overview')))?.[0]).toBe('On a run');
	});

	it('are all in the help', () => {
		const help = textOfScreen({screen: {name: 'help', offset: 0, from: 'overview'}}, view);
		for (const {keys, label} of screens.flatMap(bindingsOf)) {
			expect(help).toContain(label);
			expect(help).toContain(keys.map(keyWord).join(' '));
		}
	});
});
