// `-` wherever a file is named, over the built program: what is read from standard input, what is written to standard output, and what refuses it.
import {spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {flagOf} from '../../source/command-line/option.ts';
import {sharedOptions} from '../../source/command-line/shared-options.ts';
import {commands} from '../../source/commands/index.ts';
import {objectForms} from '../../source/output/object-forms.ts';
import {startApiServer, type ApiServer} from '../cluster/api-server.ts';
import {createAuthority} from '../cluster/certificates.ts';
import {elfFile} from '../repair/elf-file.ts';
import {built, startOf} from '../support/built.ts';
import type {Ended} from '../support/program.ts';

const scene = path.join(import.meta.dirname, '..', 'evidence', 'scenes', 'two-causes.json');
const folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-input-'));
const kubeconfig = path.join(folder, 'kubeconfig');
let server: ApiServer;
let client = '';
beforeAll(async () => {
	const authority = await createAuthority();
	const issued = await authority.issue({commonName: 'jane'});
	client = `${issued.certificate}\n${issued.key}`;
	server = await startApiServer({authority, clientAuthority: authority.certificate, rejectUnauthorized: false});
	server.answer = () => ({json: {gitVersion: 'v1.36.3', items: [], metadata: {}}});
	writeFileSync(kubeconfig, textOf({server: server.url}));
});
afterAll(async () => {
	await server.close();
	rmSync(folder, {recursive: true});
});

const textOf = (cluster: object): string =>
	JSON.stringify({
		'current-context': 'test',
		contexts: [{name: 'test', context: {cluster: 'test', user: 'test'}}],
		clusters: [{name: 'test', cluster}],
		users: [{name: 'test', user: {}}],
	});
const trusted = (): object => ({
	server: server.url,
	'certificate-authority-data': Buffer.from(server.authority.certificate).toString('base64'),
});

/**
 * Runs the program with what it is given on standard input; undefined: the pipe stays open and silent until it is interrupted. A signal that
 * comes before the program hears any ends it without a code: on a busy machine it is sent later.
 */
async function run(input: string | Uint8Array | undefined, ...words: readonly string[]): Promise<Ended> {
	for (let patience = 1500; ; patience *= 2) {
		const ended = await runOnce(input, words, patience);
		if (ended.code !== null) return ended;
	}
}

async function runOnce(input: string | Uint8Array | undefined, words: readonly string[], patience: number): Promise<Ended> {
	const [file, first] = startOf(built);
	const child = spawn(file, [...first, ...words], {env: {...process.env, HOME: folder, KUBECONFIG: ''}, stdio: 'pipe'});
	let [output, errors] = ['', ''];
	child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
	child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
	child.stdin.on('error', () => undefined);
	if (input === undefined) setTimeout(() => child.kill('SIGINT'), patience);
	else child.stdin.end(input);
	const code = await new Promise<number | null>(resolve => child.on('close', resolve));
	return {code, output, errors};
}

const asked = async (input: string, ...words: readonly string[]): Promise<Ended> =>
	run(input, 'version', '-ojsonpath={.server.kubernetes}', ...words);

/** One row a flag that takes a file, or a form of `-o` that does: what it does with `-`. */
const rows: Readonly<Record<string, () => Promise<void>>> = {
	async '--from'() {
		const bySight = await run('', 'check', '--from', scene);
		expect(bySight.code).toBe(1);
		expect(await run(readFileSync(scene), 'check', '--from', '-')).toEqual(bySight);
		const manifest = ['manifest', 'helm-values', '--strategy', 'portmap', '--from'];
		expect(await run(readFileSync(scene), ...manifest, '-')).toEqual(await run('', ...manifest, scene));
	},
	async '--save'() {
		const {output} = await run('', 'check', '-oname', '--from', scene, '--save', '-');
		expect(JSON.parse(output.replace(/^node\/.*$/gmu, ''))).toMatchObject({kind: 'Evidence'});
	},
	async '--kubeconfig'() {
		expect(await asked(textOf(trusted()), '--kubeconfig', '-')).toMatchObject({output: 'v1.36.3'});
		const {code, errors} = await asked('{', '--kubeconfig=-');
		expect(code).toBe(2);
		expect(errors).toContain('standard input is not a valid kubeconfig');
	},
	async '--certificate-authority'() {
		expect(await asked('', '--kubeconfig', kubeconfig)).toMatchObject({output: '', code: 3});
		expect(await asked(server.authority.certificate, '--kubeconfig', kubeconfig, '--certificate-authority', '-')).toMatchObject({
			output: 'v1.36.3',
		});
	},
	'--client-certificate': clientCertificate,
	'--client-key': clientCertificate,
	async '--portmap'() {
		const ended = await run(elfFile(), 'manifest', 'init-script', '--portmap', '-');
		expect(ended.code, ended.errors).toBe(0);
		expect(ended.output).toContain('amd64');
		expect((await run('none', 'manifest', 'init-script', '--portmap', '-')).errors).toContain('standard input is not a Linux program');
	},
	async '-o jsonpath-file'() {
		expect((await run('{.kind}', 'check', '--from', scene, '-o', 'jsonpath-file=-')).output).toBe('Diagnosis');
	},
	async '-o custom-columns-file'() {
		expect((await run('NODE\n.nodes[*].name\n', 'check', '--from', scene, '-o', 'custom-columns-file=-')).output).toBe(
			'NODE\nnode-1\nnode-2\n',
		);
	},
	// Read by the system's ssh too, or written to.
	'--ssh-key': async () => isRefused('--ssh-key'),
	'--ssh-config': async () => isRefused('--ssh-config'),
	'--ssh-known-hosts': async () => isRefused('--ssh-known-hosts'),
};

async function clientCertificate(): Promise<void> {
	const file = path.join(folder, 'trusting');
	writeFileSync(file, textOf(trusted()));
	const before = server.requests.length;
	const {errors} = await asked(client, '--kubeconfig', file, '--client-certificate', '-', '--client-key', '-');
	expect(
		server.requests.slice(before).map(({clientName}) => clientName),
		errors,
	).toContain('jane');
}

async function isRefused(flag: string): Promise<void> {
	const {code, errors} = await run('', 'check', flag, '-');
	expect({code, errors}).toEqual({
		code: 2,
		errors: `kubectl hostport: ${flag} cannot be standard input\nUse the path of a file; ./- is a file of this name.\n`,
	});
}

it.each(Object.keys(rows))('%s -', async name => rows[name]?.());

it('has a row for each flag and each form that takes a file', () => {
	const options = Object.assign({}, sharedOptions, ...commands.map(each => each.options)) as typeof sharedOptions;
	const flags = Object.entries(options).flatMap(([name, {completes, value}]) =>
		(completes === 'file' || value === 'FILE') && name !== 'kuberc' && name !== 'profileOutput' ? [flagOf(name)] : [],
	);
	const forms = Object.entries(objectForms).flatMap(([name, {needs}]) => (needs === 'a file' ? [`-o ${name}`] : []));
	expect(Object.keys(rows).sort()).toEqual([...flags, ...forms].sort());
});

it('./- is a file of that name', async () => {
	expect((await run('', 'check', '--from', './-')).errors).toContain('./- cannot be read');
});

it('a silent pipe is waited for, and the wait hears Ctrl-C', async () => {
	expect(await run(undefined, 'check', '--from', '-')).toMatchObject({code: 130, output: ''});
});

it('completion never reads it: there it is the keyboard', async () => {
	const {code, output} = await run(undefined, '__complete', '--kubeconfig', '-', 'check', '');
	expect({code, output}).toEqual({code: 0, output: ':4\n'});
});
