import {expect, test} from 'vitest';
import {parseProbes} from '../../source/evidence/parse-connections.ts';

const [open, refused, silent] = ['to 10.0.0.5,80 ok 312', 'to 10.0.0.6,81 bash: connect: Connection refused', 'to fd00::12,8080 timed out'];
const parsed = {
	open: {address: '10.0.0.5', port: 80, answer: 'open'},
	refused: {address: '10.0.0.6', port: 81, answer: 'refused'},
	silent: {address: 'fd00::12', port: 8080, answer: 'silent'},
};

test.each([
	['all kinds of answers', [open, refused, silent], [parsed.open, parsed.refused, parsed.silent], ''],
	['none', [], [], ''],
	['what a node without a tool says', ['to - neither bash nor netcat is here'], null, 'neither bash nor netcat is here'],
	['what stopped the connection where it came from', ['to 10.0.0.5,80 bash: connect: Operation not permitted'], [], ''],
	['a program that is broken', ['to 10.0.0.5,80 Segmentation fault', 'to 10.0.0.5,81 timeout: not found'], [], ''],
	['lines of somebody else', ['10.0.0.5,80 ok 1', 'to nonsense ok 1', 'to 10.0.0.5,x ok 1', 'to 10.0.0.5 ok 1'], [], ''],
	['a node that answers itself', [silent, 'to control bash: connect: Connection refused'], [parsed.silent], ''],
	['a node that is busy', [open, silent, 'to control timed out'], [parsed.open], 'the node is too busy: it did not answer itself in time'],
])('%s', (_what, lines, probes, reason) => {
	expect(parseProbes(['', ...lines, ''].join('\n'))).toEqual({probes, reason});
});
