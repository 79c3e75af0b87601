import {describe, expect, it} from 'vitest';
import {helpDocument} from '../../source/tui/documents/help-document.ts';
import {actionFor, bindingsOf, keymap, keyWord, screenNames} from '../../source/tui/keymap.ts';
import {lineText} from '../../source/tui/line.ts';

describe('the key table', () => {
	it.each(screenNames)('gives no two actions of the %s screen the same key', screen => {
		const keys = bindingsOf(screen).flatMap(binding => binding.keys);
		expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
	});

	it.each(screenNames)('lets a person leave the %s screen, the program, and ask for help', screen => {
		expect(actionFor(screen, 'q')).toBe('quit');
		expect(actionFor(screen, 'ctrl+c')).toBe('quit');
		expect(actionFor(screen, 'escape')).toBe('back');
		expect(actionFor(screen, '?')).toBe(screen === 'help' ? undefined : 'help');
	});

	it('names no key that the keyboard layer cannot give', () => {
		const named = new Set(['up', 'down', 'left', 'right', 'pageUp', 'pageDown', 'home', 'end', 'enter', 'escape', 'tab', 'shift+tab']);
		const other = keymap.flatMap(({keys}) => keys).filter(key => !named.has(key) && key.length > 1 && !/^ctrl\+[a-z]$/u.test(key));
		expect(other).toEqual([]);
	});

	it('is all in the help', () => {
		const help = helpDocument(76).lines.map(lineText).join('\n');
		for (const {keys, label} of keymap) {
			expect(help).toContain(label);
			expect(help).toContain(keys.map(keyWord).join(' '));
		}
	});
});
