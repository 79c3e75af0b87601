import {expect, it} from 'vitest';
import {shouldColour} from '../../source/output/colour.ts';

const terminal = {isTTY: true};

it.each([
	['a terminal', undefined, terminal, {}, true],
	['a pipe', undefined, {}, {}, false],
	['auto on a terminal', 'auto', terminal, {}, true],
	['always on a pipe, whatever is set', 'always', {}, {NO_COLOR: '1', TERM: 'dumb'}, true],
	['never on a terminal, whatever is set', 'never', terminal, {FORCE_COLOR: '1'}, false],
	['FORCE_COLOR on a pipe', undefined, {}, {FORCE_COLOR: '1', NO_COLOR: '1'}, true],
	['FORCE_COLOR that is empty', undefined, {}, {FORCE_COLOR: ''}, false],
	['FORCE_COLOR that is 0', undefined, terminal, {FORCE_COLOR: '0'}, true],
	['NO_COLOR on a terminal', undefined, terminal, {NO_COLOR: '1'}, false],
	['NO_COLOR that is empty', undefined, terminal, {NO_COLOR: ''}, true],
	['a dumb terminal', undefined, terminal, {TERM: 'dumb'}, false],
	['another terminal', undefined, terminal, {TERM: 'xterm'}, true],
])('%s', (_, wish, stream, environment, isColoured) => {
	expect(shouldColour(wish, stream, environment)).toBe(isColoured);
});
