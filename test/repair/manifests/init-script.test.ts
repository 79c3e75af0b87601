import {execFileSync, spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {initScript} from '../../../source/repair/manifests/init-script.ts';
import type {Portmap} from '../../../source/repair/sources/portmap.ts';

const content = Buffer.from('#!/bin/sh\n[ "$CNI_COMMAND" = VERSION ] && echo \'{"cniVersion":"1.0.0"}\'\n');
const sha256 = createHash('sha256').update(content).digest('hex');
const architecture = {x64: 'amd64', arm64: 'arm64'}[process.arch as 'x64'];
const portmap: Portmap = {content, sha256, architecture, version: '1.9.1', isDynamic: false, origin: 'a file'};

let folder = '';
beforeEach(() => {
	folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-init-'));
});
afterEach(() => rmSync(folder, {recursive: true, force: true}));

function runScript(text: string, environment: NodeJS.ProcessEnv = {}) {
	const file = path.join(folder, 'init.sh');
	writeFileSync(file, text);
	return spawnSync('sh', [file, path.join(folder, 'bin')], {encoding: 'utf8', env: {...process.env, ...environment}});
}

const put = () => path.join(folder, 'bin', 'portmap');

describe('the init script of a node pool', () => {
	it('puts the carried binary in place without a network, and does nothing when run again', () => {
		const script = initScript({folder: '/opt/cni/bin', source: {kind: 'carried', binaries: [portmap]}});
		const first = runScript(script);
		expect(first).toMatchObject({status: 0});
		expect(readFileSync(put())).toEqual(content);
		expect(statSync(put()).mode & 0o777).toBe(0o755);
		expect(readdirSync(path.join(folder, 'bin'))).toEqual(['portmap']);
		const inode = statSync(put()).ino;
		const second = runScript(script);
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
		expect(stderr).toContain('has the sha256');
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
		// Stands for curl: the last word but one is where it goes.
		writeFileSync(path.join(folder, 'curl'), `#!/bin/sh\nwhile [ $# -gt 2 ]; do shift; done\ncp '${folder}/plugins.tgz' "$1"\n`);
		chmodSync(path.join(folder, 'curl'), 0o755);
		const url = `https://mirror.example/cni-plugins-linux-${architecture}-v1.9.1.tgz`;
		const script = initScript({folder: '/opt/cni/bin', source: {kind: 'url', addresses: [{url, sha256: sum}]}});
		expect(runScript(script, {PATH: `${folder}:${process.env['PATH']}`})).toMatchObject({status: 0});
		expect(readFileSync(put())).toEqual(content);
	});

	it('is as good for a shell that knows POSIX alone', () => {
		const script = initScript({folder: "/opt/it's/bin", source: {kind: 'carried', binaries: [portmap]}});
		expect(spawnSync('sh', ['-n'], {input: script, encoding: 'utf8'})).toMatchObject({status: 0, stderr: ''});
	});
});
