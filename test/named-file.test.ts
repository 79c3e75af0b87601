// Files that a person names: what they are decides how they are read and written.
import {execFileSync} from 'node:child_process';
import {
	chmodSync,
	createReadStream,
	existsSync,
	lstatSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import {open} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {PassThrough} from 'node:stream';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {readNamedFile, TooLarge, writeNamedFile} from '../source/named-file.ts';

let folder: string;
const at = (name: string): string => path.join(folder, name);
const fifo = (name: string): string => {
	execFileSync('mkfifo', [at(name)]);
	return at(name);
};
beforeEach(() => {
	folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-test-'));
});
afterEach(() => rmSync(folder, {recursive: true, force: true}));

const {signal} = new AbortController();
const where = () => ({stdout: new PassThrough(), signal});
const limit = {maximumBytes: 1024 * 1024, signal};

describe('writing', () => {
	it('replaces a regular file whole, for its owner alone, and leaves nothing beside it', async () => {
		writeFileSync(at('file'), 'older');
		chmodSync(at('file'), 0o644);
		await writeNamedFile(at('file'), 'newer', where());
		expect(readFileSync(at('file'), 'utf8')).toBe('newer');
		expect(statSync(at('file')).mode & 0o777).toBe(0o600);
		expect(readdirSync(folder)).toEqual(['file']);
	});

	it.each([
		['a file', 'target', true],
		['nothing', 'target', false],
		['another link', 'second', true],
	])('writes what a link to %s points at, not the link', async (_, first, exists) => {
		if (exists) writeFileSync(at('target'), 'older');
		symlinkSync('target', at('second'));
		symlinkSync(first, at('link'));
		await writeNamedFile(at('link'), 'newer', where());
		expect(lstatSync(at('link')).isSymbolicLink()).toBe(true);
		expect(lstatSync(at('second')).isSymbolicLink()).toBe(true);
		expect(readFileSync(at('target'), 'utf8')).toBe('newer');
	});

	it('does not follow links for ever', async () => {
		symlinkSync('b', at('a'));
		symlinkSync('a', at('b'));
		await expect(writeNamedFile(at('a'), 'x', where())).rejects.toThrow(/./u);
		expect(readdirSync(folder).sort()).toEqual(['a', 'b']);
	});

	it.each(['/dev/null', '/dev/full', '/dev/zero'])('never replaces %s, nor a link to it', async device => {
		if (!existsSync(device)) return;
		symlinkSync(device, at('link'));
		for (const file of [device, at('link')]) {
			const written = writeNamedFile(file, 'x', where());
			if (device === '/dev/full') await expect(written).rejects.toThrow('no space left');
			else await written;
		}

		expect(statSync(device).isCharacterDevice()).toBe(true);
		expect(lstatSync(at('link')).isSymbolicLink()).toBe(true);
	});

	it('writes into a FIFO as its reader takes it', async () => {
		const file = fifo('fifo');
		const text = 'x'.repeat(300_000);
		const written = writeNamedFile(file, text, where());
		await sleep(80);
		let seen = '';
		for await (const chunk of createReadStream(file, 'utf8') as AsyncIterable<string>) seen += chunk;
		await written;
		expect(seen).toBe(text);
		expect(statSync(file).isFIFO()).toBe(true);
	});

	it('gives up a FIFO that nobody reads, and one whose reader has stopped', async () => {
		const file = fifo('fifo');
		const first = AbortSignal.timeout(100);
		await expect(writeNamedFile(file, 'x', {...where(), signal: first})).rejects.toThrow(/./u);
		const idle = await open(file, 'r+');
		const second = AbortSignal.timeout(200);
		await expect(writeNamedFile(file, 'x'.repeat(1_000_000), {...where(), signal: second})).rejects.toThrow(/abort|timeout/iu);
		await idle.close();
	});

	it.each(['-', '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'])('takes %s for standard output', async name => {
		const stdout = new PassThrough();
		await writeNamedFile(name, 'text', {stdout, signal});
		expect(String(stdout.read())).toBe('text');
	});

	it('says of a folder that is not there that it is the folder', async () => {
		await expect(writeNamedFile(at('gone/file'), 'x', where())).rejects.toThrow('gone/file cannot be written: its folder does not exist');
	});

	it('leaves a folder alone', async () => {
		await expect(writeNamedFile(folder, 'x', where())).rejects.toThrow('it is a folder');
	});
});

describe('reading', () => {
	it('gives a regular file', async () => {
		writeFileSync(at('file'), 'text');
		expect(String(await readNamedFile(at('file'), limit))).toBe('text');
		writeFileSync(at('empty'), '');
		expect(String(await readNamedFile(at('empty'), limit))).toBe('');
	});

	it('waits for the writer of a FIFO, and takes all it writes', async () => {
		const file = fifo('fifo');
		const read = readNamedFile(file, limit);
		await sleep(80);
		const writer = await open(file, 'w');
		await writer.writeFile('one');
		await sleep(80);
		await writer.writeFile('x'.repeat(200_000));
		await writer.close();
		expect((await read).length).toBe(200_003);
	});

	it('hears the signal where a FIFO has no writer, and where the writer is silent', async () => {
		const file = fifo('fifo');
		await expect(readNamedFile(file, {...limit, signal: AbortSignal.timeout(100)})).rejects.toThrow(/abort|timeout/iu);
		const writer = await open(file, 'r+');
		await expect(readNamedFile(file, {...limit, signal: AbortSignal.timeout(100)})).rejects.toThrow(/abort|timeout/iu);
		await writer.close();
	});

	it('takes no more than it is told', async () => {
		writeFileSync(at('file'), 'x'.repeat(2 * 1024 * 1024));
		await expect(readNamedFile(at('file'), limit)).rejects.toBeInstanceOf(TooLarge);
		if (existsSync('/dev/zero')) await expect(readNamedFile('/dev/zero', limit)).rejects.toBeInstanceOf(TooLarge);
	});

	it.each([
		['a missing file', 'none', 'ENOENT'],
		['a folder', '', 'EISDIR'],
	])('tells of %s', async (_, name, code) => {
		await expect(readNamedFile(at(name), limit)).rejects.toMatchObject({code});
	});
});
