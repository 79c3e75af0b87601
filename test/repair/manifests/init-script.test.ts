import {execFileSync, spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {initScript} from '../../../source/repair/manifests/init-script.ts';
import type {Portmap} from '../../../source/repair/sources/portmap.ts';

const content = Buffer.from('#!/bin/sh\n[ "$CNI_COMMAND" = VERSION ] && echo \'{"cniVersion":"1.0.0"}\'\n');
const sha256 = createHash('sha256').update(content).digest('hex');
const architecture = {x64: 'amd64', arm64: 'arm64'}[process.arch as 'x64'];
const portmap: Portmap = {content, sha256, architecture, version: '1.9.1', isDynamic: false, cniVersion: '', origin: 'a file'};

let folder = '';
beforeEach(() => {
	folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-init-'));
});
afterEach(() => rmSync(folder, {recursive: true, force: true}));

function runScript(text: string, environment: NodeJS.ProcessEnv = {}, shell: readonly [string, ...string[]] = ['sh']) {
	const file = path.join(folder, 'init.sh');
	writeFileSync(file, text);
	const [program, ...words] = shell;
	return spawnSync(program, [...words, file, path.join(folder, 'bin')], {
		encoding: 'utf8',
		env: {...process.env, TMPDIR: folder, ...environment},
	});
}

/** Puts programs before all others on the PATH; waits are not waited for. */
function standIns(programs: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
	const place = path.join(folder, 'programs');
	mkdirSync(place);
	for (const [name, text] of Object.entries({sleep: '', ...programs}))
		writeFileSync(path.join(place, name), `#!/bin/sh\n${text}\n`, {mode: 0o755});
	return {PATH: `${place}:${process.env['PATH']}`};
}

const shells = (
	[
		['dash', 'dash'],
		['bash', 'bash', '--posix'],
		['busybox', 'busybox', 'ash'],
	] as const
).map(([name, program, ...words]) => ({
	name,
	shell: [program, ...words] as [string, ...string[]],
	isHere: spawnSync(program, ['-c', 'true']).error === undefined,
}));

const put = () => path.join(folder, 'bin', 'portmap');

describe('the init script of a node pool', () => {
	it.each(shells)('puts the carried binary in place under $name, and does nothing when run again', ({shell, isHere}) => {
		if (!isHere) return;
		const script = initScript({folder: '/opt/cni/bin', source: {kind: 'carried', binaries: [portmap]}});
		const first = runScript(script, {}, shell);
		expect(first).toMatchObject({status: 0});
		expect(readFileSync(put())).toEqual(content);
		expect(statSync(put()).mode & 0o777).toBe(0o755);
		expect(readdirSync(path.join(folder, 'bin'))).toEqual(['portmap']);
		const inode = statSync(put()).ino;
		const second = runScript(script, {}, shell);
		expect(second).toMatchObject({status: 0, stderr: ''});
		expect(statSync(put()).ino).toBe(inode);
	});

	it('replaces a binary that does not run', () => {
		const script = initScript({folder: '/opt/cni/bin', source: {kind: 'carried', binaries: [portmap]}});
		runScript(script);
		writeFileSync(put(), 'cut off');
		expect(runScript(script)).toMatchObject({status: 0});
		expect(readFileSync(put())).toEqual(content);
	});

	it('leaves what is there alone where the checksum is wrong', () => {
		runScript(initScript({folder: '/opt/cni/bin', source: {kind: 'carried', binaries: [portmap]}}));
		const damaged = initScript({folder: '/opt/cni/bin', source: {kind: 'carried', binaries: [{...portmap, sha256: '0'.repeat(64)}]}});
		const {status, stderr} = runScript(damaged);
		expect(status).toBe(1);
		expect(stderr).toContain('has sha256');
		expect(readFileSync(put())).toEqual(content);
		expect(readdirSync(path.join(folder, 'bin'))).toEqual(['portmap']);
	});

	it('never puts a binary in place that does not run here', () => {
		const broken = Buffer.from('#!/nowhere/interpreter\n');
		const sum = createHash('sha256').update(broken).digest('hex');
		const {status} = runScript(
			initScript({folder: '/opt/cni/bin', source: {kind: 'carried', binaries: [{...portmap, content: broken, sha256: sum}]}}),
		);
		expect(status).toBe(1);
		expect(readdirSync(path.join(folder, 'bin'))).toEqual([]);
	});

	it('says that there is none for this machine’s architecture', () => {
		const {status, stderr} = runScript(
			initScript({folder: '/opt/cni/bin', source: {kind: 'carried', binaries: [{...portmap, architecture: 's390x'}]}}),
		);
		expect(status).toBe(1);
		expect(stderr).toContain(`no portmap for ${architecture}`);
	});

	it('fetches an archive with curl, compares its checksum and takes portmap out of it', () => {
		writeFileSync(path.join(folder, 'portmap'), content);
		execFileSync('tar', ['-czf', 'plugins.tgz', './portmap'], {cwd: folder});
		const sum = createHash('sha256')
			.update(readFileSync(path.join(folder, 'plugins.tgz')))
			.digest('hex');
		const url = `https://mirror.example/cni-plugins-linux-${architecture}-v1.9.1.tgz`;
		const script = initScript({folder: '/opt/cni/bin', source: {kind: 'url', addresses: [{url, sha256: sum}]}});
		expect(runScript(script, standIns({curl: giving('plugins.tgz')}))).toMatchObject({status: 0});
		expect(readFileSync(put())).toEqual(content);
	});

	// Stands for curl: the last word but one is where it goes.
	const giving = (file: string): string => `while [ $# -gt 2 ]; do shift; done\ncp '${folder}/${file}' "$1"`;
	const noNetwork = 'echo "curl: (6) Could not resolve host" >&2; exit 6';
	const fetching = (sum = sha256) =>
		initScript({folder: '/opt/cni/bin', source: {kind: 'url', addresses: [{url: 'https://mirror.example/portmap', sha256: sum}]}});

	it('leaves nothing where what it fetches has another checksum', () => {
		writeFileSync(path.join(folder, 'other'), 'something else');
		const {status, stderr} = runScript(fetching(), standIns({curl: giving('other')}));
		expect(status).toBe(1);
		expect(stderr).toContain(`wanted is ${sha256}`);
		expect(readdirSync(path.join(folder, 'bin'))).toEqual([]);
		expect(readdirSync(folder).sort()).toEqual(['bin', 'init.sh', 'other', 'programs']);
	});

	it('tries again while the network is not up yet', () => {
		writeFileSync(path.join(folder, 'right'), content);
		const up = path.join(folder, 'up');
		const script = `if [ ! -e '${up}' ]; then : >'${up}'; exit 6; fi\n${giving('right')}`;
		expect(runScript(fetching(), standIns({curl: script}))).toMatchObject({status: 0});
		expect(readFileSync(put())).toEqual(content);
	});

	it.each([
		['that has a time limit', '-T SEC', 'case " $* " in *" -T 30 "*) ;; *) exit 2 ;; esac'],
		['that was built without one', '-q Quiet', 'case " $* " in *" -T "*) exit 139 ;; esac'],
	])('fetches with a wget %s where no curl is', (_, help, judge) => {
		writeFileSync(path.join(folder, 'right'), content);
		const programs = standIns({wget: `[ "$1" != --help ] || { echo '${help}' >&2; exit 1; }\n${judge}\n${giving('right')}`});
		const place = path.join(folder, 'programs');
		for (const name of [
			'cat',
			'chmod',
			'cp',
			'grep',
			'gzip',
			'head',
			'mkdir',
			'mktemp',
			'mv',
			'rm',
			'sh',
			'sha256sum',
			'stat',
			'tail',
			'tr',
			'uname',
		])
			symlinkSync(execFileSync('sh', ['-c', `command -v ${name}`], {encoding: 'utf8'}).trim(), path.join(place, name));
		const sh = path.join(place, 'sh');
		expect(runScript(fetching(), {...programs, PATH: place}, [sh])).toMatchObject({status: 0});
		expect(readFileSync(put())).toEqual(content);
	});

	it('names a folder that stands in the way', () => {
		mkdirSync(put(), {recursive: true});
		const {status, stderr} = runScript(initScript({folder: '/opt/cni/bin', source: {kind: 'carried', binaries: [portmap]}}));
		expect(status).toBe(1);
		expect(stderr).toContain('portmap cannot be replaced: it is a folder');
		expect(readdirSync(path.join(folder, 'bin'))).toEqual(['portmap']);
	});

	it('says so where it cannot fetch anything, and asks nobody where the right one is there', () => {
		const environment = standIns({curl: noNetwork});
		const {status, stderr} = runScript(fetching(), environment);
		expect(status).toBe(1);
		expect(stderr).toContain('https://mirror.example/portmap cannot be fetched');
		writeFileSync(put(), content, {mode: 0o755});
		expect(runScript(fetching(), environment)).toMatchObject({status: 0, stderr: ''});
	});

	it('is content with a portmap that answers where nothing can be fetched to compare it with', () => {
		mkdirSync(path.join(folder, 'bin'));
		writeFileSync(put(), content, {mode: 0o755});
		const {status, stderr} = runScript(fetching('0'.repeat(64)), standIns({curl: noNetwork}));
		expect(status).toBe(0);
		expect(stderr).toContain('answers, and stays');
		writeFileSync(put(), 'damaged', {mode: 0o755});
		expect(runScript(fetching('0'.repeat(64)), {PATH: `${path.join(folder, 'programs')}:${process.env['PATH']}`}).status).toBe(1);
	});

	const hasShellcheck = spawnSync('shellcheck', ['--version']).error === undefined;
	it.skipIf(!hasShellcheck)('leaves shellcheck nothing to say', () => {
		const carried = initScript({folder: '/opt/cni/bin', source: {kind: 'carried', binaries: [portmap]}});
		for (const script of [carried, fetching()]) {
			const {stdout} = spawnSync('shellcheck', ['--shell=sh', '--severity=warning', '-'], {input: script, encoding: 'utf8'});
			expect(stdout).toBe('');
		}
	});

	it('is as good for a shell that knows POSIX alone', () => {
		const script = initScript({folder: "/opt/it's/bin", source: {kind: 'carried', binaries: [portmap]}});
		expect(spawnSync('sh', ['-n'], {input: script, encoding: 'utf8'})).toMatchObject({status: 0, stderr: ''});
	});
});
