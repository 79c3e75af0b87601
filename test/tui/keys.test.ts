import type {Key} from 'ink';
import {describe, expect, it} from 'vitest';
import {keysOf} from '../../source/tui/keys.ts';

const none = {} as Key;

describe('keys of an input event', () => {
	it('are all there when they were typed ahead', () => {
		expect(keysOf('jjj', none)).toEqual(['j', 'j', 'j']);
		expect(keysOf('/web\r', none)).toEqual(['/', 'w', 'e', 'b', 'enter']);
		expect(keysOf('a\tb', none)).toEqual(['a', 'tab', 'b']);
		expect(keysOf('j\u0004', none)).toEqual(['j', 'ctrl+d']);
	});

	it('have names where they have no letter', () => {
		expect(keysOf('', {...none, pageDown: true})).toEqual(['pageDown']);
		expect(keysOf('\r', {...none, return: true})).toEqual(['enter']);
		expect(keysOf('', {...none, tab: true, shift: true})).toEqual(['shift+tab']);
		expect(keysOf('c', {...none, ctrl: true})).toEqual(['ctrl+c']);
	});

	it('tell Esc and a letter right behind it apart', () => {
		expect(keysOf('q', {...none, meta: true})).toEqual(['escape', 'q']);
		expect(keysOf('', {...none, escape: true})).toEqual(['escape']);
	});

	it('keep characters beyond the basic plane whole', () => {
		expect(keysOf('한𠮷', none)).toEqual(['한', '𠮷']);
	});

	it('are not counted again when a key is let go', () => {
		expect(keysOf('j', {...none, eventType: 'release'})).toEqual([]);
	});
});
