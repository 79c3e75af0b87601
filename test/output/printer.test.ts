import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {afterAll, expect, test} from 'vitest';
import {UsageError} from '../../source/errors.ts';
import {printActed, printerOf, type OutputValues} from '../../source/output/printer.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-printer-'));
afterAll(() => rmSync(folder, {recursive: true}));
const inFile = (name: string, content: string): string => {
	const file = path.join(folder, name);
	writeFileSync(file, content);
	return file;
};

const document = {kind: 'List', items: [{name: 'node-10'}, {name: 'node-2'}]};
const printer = async (values: Partial<OutputValues>, stdout: object = {}, signal = new AbortController().signal) =>
	printerOf(
		{output: 'table', sortBy: undefined, headers: true, ...values},
		{signal, environment: {}, stdout: stdout as unknown as NodeJS.WriteStream},
	);
const object = (objectForm: string, given = '') => ({objectForm, given});

test('a form of the command’s own is left to it, with how its text is laid out', async () => {
	const {form, textOf, sorted, layout} = await printer({output: 'wide', headers: false});
	expect([form, textOf, layout]).toEqual(['wide', undefined, {headers: false, width: undefined, colour: false}]);
	expect(sorted(document)).toBe(document);
	expect((await printer({color: 'always'}, {isTTY: true, columns: 90})).layout).toEqual({headers: true, width: 90, colour: true});
	expect((await printer({color: 'never'}, {isTTY: true, columns: 90})).layout.colour).toBe(false);
});

test.each([
	[object('json'), /"name": "node-10"[^]*"name": "node-2"/u],
	[object('jsonpath', '{.kind}'), /^List$/u],
	[object('custom-columns', 'NAME:.name'), /^NAME\nnode-10\nnode-2\n$/u],
	[object('jsonpath-file', inFile('template', '{.items[0].name}')), /^node-10$/u],
	[object('custom-columns-file', inFile('columns', 'NAME\n.name\n')), /^NAME\nnode-10\nnode-2\n$/u],
])('a document is put into %j', async (output, text) => {
	const {form, textOf} = await printer({output});
	expect(form).toBeUndefined();
	expect(textOf?.(document)).toMatch(text);
});

test('rows are in the order asked for, in every form, and without headers where none are wanted', async () => {
	const {sorted} = await printer({sortBy: '.name'});
	expect(sorted(document).items.map(({name}) => name)).toEqual(['node-2', 'node-10']);
	const {textOf} = await printer({output: object('custom-columns', 'NAME:.name'), sortBy: '.name', headers: false});
	expect(textOf?.(document)).toBe('node-2\nnode-10\n');
});

test.each([
	['a template', {output: object('jsonpath', '{.kind')}, '-o jsonpath: unclosed action'],
	['a path to order by', {sortBy: '{.a'}, '--sort-by: unclosed action'],
	['a file that is not there', {output: object('jsonpath-file', '/nowhere/at/all')}, '/nowhere/at/all cannot be read'],
	['a file that is too large for one', {output: object('jsonpath-file', inFile('large', 'x'.repeat(1_000_001)))}, 'large cannot be read'],
])('%s that cannot be read is wrong usage before anything is asked', async (_, values, says) => {
	const error: unknown = await printer(values).catch((failed: unknown) => failed);
	expect(error).toBeInstanceOf(UsageError);
	expect((error as Error).message).toContain(says);
});

test('what a document does not have is wrong usage, and any other failure none', async () => {
	const {textOf} = await printer({output: object('jsonpath', '{.items[5].name}')});
	expect(() => textOf?.(document)).toThrow(UsageError);
	const {sorted} = await printer({sortBy: '.age'});
	expect(() => sorted(document)).toThrow(/^--sort-by: couldn't find any field/u);
	const broken = {
		get kind(): string {
			throw new TypeError('x is undefined');
		},
	};
	const other = await printer({output: object('jsonpath', '{.kind}')});
	expect(() => other.textOf?.(broken)).toThrow(TypeError);
	await expect(printer({output: object('xml')})).rejects.toThrow('no form xml');
});

test('who stops while a file is read is told nothing of the file', async () => {
	const stop = new AbortController();
	stop.abort(new Error('stopped'));
	await expect(printer({output: object('jsonpath-file', inFile('other', 'x'))}, {}, stop.signal)).rejects.toThrow('stopped');
});

test('what a command that has acted cannot print is told, and changes nothing of how it ends', async () => {
	const written = {stdout: '', stderr: ''};
	const to = (name: 'stdout' | 'stderr') => ({write: (text: string) => (written[name] += text)}) as unknown as NodeJS.WriteStream;
	const streams = {stdout: to('stdout'), stderr: to('stderr')};
	expect(printActed(await printer({output: 'text'}), document, streams)).toBe(false);
	expect(printActed(await printer({output: object('jsonpath', '{.kind}')}), document, streams)).toBe(true);
	expect(written).toEqual({stdout: 'List', stderr: ''});
	expect(printActed(await printer({output: object('jsonpath', '{.items[3]}')}), document, streams)).toBe(true);
	expect(written.stdout).toBe('List');
	expect(written.stderr).toContain('array index out of bounds: index 3, length 2\n');
	const failing = {
		...(await printer({})),
		textOf: () => {
			throw new TypeError('x is undefined');
		},
	};
	expect(() => printActed(failing, document, streams)).toThrow(TypeError);
});
