import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {commands} from '../../source/commands/index.ts';
import {startDemoCluster, type DemoCluster} from '../../source/demo/demo-cluster.ts';
import {runHere} from '../support/program.ts';

const scene = path.join(import.meta.dirname, '..', 'evidence', 'scenes', 'two-causes.json');
const folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-output-'));
afterAll(() => rmSync(folder, {recursive: true, force: true}));
const check = async (...words: readonly string[]) => runHere(['check', '--from', scene, ...words]);

const rowsTemplate = '{range .nodes[*]}{.name}{"\\t"}{.verdict}{"\\n"}{end}';

describe('check', () => {
	it.each([['-o', `jsonpath=${rowsTemplate}`], [`-ojsonpath=${rowsTemplate}`], [`--output=jsonpath=${rowsTemplate}`]])(
		'%s %s',
		async (...words) => {
			expect(await check(...words)).toMatchObject({code: 1, output: 'node-1\tbroken\nnode-2\tdegraded\n', errors: ''});
		},
	);

	it('reads templates and columns from files', async () => {
		const [template, columns] = ['template', 'columns'].map(name => path.join(folder, name)) as [string, string];
		writeFileSync(template, rowsTemplate);
		writeFileSync(columns, 'NODE VERDICT\n.nodes[*].name .nodes[*].verdict\n');
		expect((await check('-o', `jsonpath-file=${template}`)).output).toBe('node-1\tbroken\nnode-2\tdegraded\n');
		expect((await check('-o', `custom-columns-file=${columns}`)).output).toBe('NODE     VERDICT\nnode-1   broken\nnode-2   degraded\n');
		expect((await check('-o', 'jsonpath-as-json={.nodes[*].name}')).output).toBe('[\n    "node-1",\n    "node-2"\n]\n');
	});

	it('orders rows in every form, and leaves lines of headers out', async () => {
		expect((await check('--sort-by={.nodes[*].verdict}', '-o', 'jsonpath={.nodes[*].name}')).output).toBe('node-1 node-2');
		const byState = ['--sort-by', '.hostPorts[*].state', '--no-headers'];
		const {output} = await check(...byState);
		expect(output).not.toMatch(/^(?:NODE|HOSTPORT) /mu);
		const rows = output.split('\n').filter(line => /\S+:\d+\/TCP +node/u.test(line));
		expect(rows.map(row => row.split(/ {2,}/u).at(-1))).toEqual(['not mapped', 'mapped']);
		expect((await check('--no-headers=true')).output).not.toMatch(/^NODE/mu);
		expect((await check('--no-headers=false')).output).toMatch(/^NODE/mu);
	});

	it.each([
		[['-o', 'jsonpath'], '-o jsonpath needs a template'],
		[['-o', 'jsonpath='], '-o jsonpath needs a template'],
		[['-o', 'custom-columns'], '-o custom-columns needs columns'],
		[['-o', 'jsonpath-file'], '-o jsonpath-file needs a file'],
		[['-o', 'jsonpath-file=/nowhere/at/all'], '/nowhere/at/all'],
		[['-o', 'jsonpath={.kind'], '-o jsonpath: unclosed action'],
		[['-o', 'jsonpath={.nodes[9].name}'], '-o jsonpath: array index out of bounds: index 9, length 2'],
		[['-o', 'custom-columns=A'], 'expected <header>:<json-path-expr>'],
		[['-o', 'custom-columns=A:.node[*].name'], 'there is no list "node" here; there are: nodes, hostPorts, findings'],
		[['--sort-by', '.nodes[*].nix'], "--sort-by: couldn't find any field with path"],
		[['--sort-by', '{.a'], '--sort-by: unclosed action'],
		[['-o', 'go-template={{.kind}}'], 'there is no -o go-template: Go templates are not supported'],
		[['-o', 'go-template-file=x'], 'there is no -o go-template-file'],
		[['-o', 'template'], 'there is no -o template'],
		[['-o', 'jsonpth={.kind}'], '--output cannot be "jsonpth={.kind}"; did you mean jsonpath?'],
		[['-o', 'tabel'], '--output cannot be "tabel"; did you mean table?'],
		[['-o', 'json=1'], '--output cannot be "json=1"'],
		[['-o', 'toString'], '--output cannot be "toString"'],
	] as const)('%j is wrong usage', async (words, says) => {
		const ended = await check(...words);
		expect(ended).toMatchObject({code: 2, output: ''});
		expect(ended.errors).toContain(says);
	});

	it('reads a template before it asks a cluster', async () => {
		const {code, errors} = await runHere(['check', '-o', 'jsonpath={.kind', '--server', 'https://127.0.0.1:1']);
		expect(code).toBe(2);
		expect(errors).toContain('unclosed action');
	});
});

it('without a command, -o and what else belongs to check’s text means check', async () => {
	expect((await runHere(['-o', 'jsonpath={.kind}', '--from', scene])).output).toBe('Diagnosis');
	expect((await runHere(['--fail-on=never', '--from', scene])).code).toBe(0);
});

describe('every command that has an object to show', () => {
	let demo: DemoCluster;
	beforeAll(async () => {
		demo = await startDemoCluster({scene: 'nks'});
	});
	afterAll(async () => demo.stop());

	it.each([
		[['check'], 'Diagnosis'],
		[['verify', '--skip-client'], 'Proof'],
		[['version'], 'Version'],
		[['runs'], 'RunList'],
		[['cleanup', '--dry-run=client'], 'LeftoverList'],
		[['fix', '--dry-run=client', '--strategy=portmap'], 'Plan'],
		[['diff'], 'DifferenceList'],
		[['explain'], 'ExplanationList'],
		[['explain', 'hp02'], 'Explanation'],
		[['manifest', 'rbac', '--mode=fix'], 'List'],
		[['manifest', 'daemonset', '--portmap=release:1.9.1', '--image=busybox'], 'List'],
	] as const)('%j', async (words, kind) => {
		const own = ['--kubeconfig', demo.kubeconfig];
		const {output, errors} = await runHere([...words, ...own, '-o', 'jsonpath={.kind}']);
		expect(output, errors).toBe(kind);
		expect((await runHere([...words, ...own, '-o', 'custom-columns=KIND:.kind', '--no-headers'])).output).not.toContain('KIND');
		expect((await runHere([...words, ...own, '-oyaml'])).output).toContain(`kind: ${kind}\n`);
	});

	it.each([['check'], ['verify', '--skip-client'], ['runs'], ['cleanup', '--dry-run=client']] as const)(
		'%j has a wide form',
		async (...words) => {
			expect((await runHere([...words, '--kubeconfig', demo.kubeconfig, '-owide'])).code).toBeLessThan(2);
		},
	);

	it('verify -o name has the nodes with a hostPort that does not work, runs -o name what rollback takes', async () => {
		const own = ['--kubeconfig', demo.kubeconfig];
		const {output} = await runHere(['verify', '--skip-client', '-oname', ...own]);
		const checked = await runHere(['check', '-oname', ...own]);
		expect(output.split('\n').sort()).toEqual(checked.output.split('\n').sort());
		expect((await runHere(['runs', '-oname', ...own])).output).toBe('');
	});

	it('takes the same forms', () => {
		const shows = commands.filter(({options}) => 'output' in options).map(({name}) => name);
		expect(shows).toEqual(['', 'check', 'diff', 'verify', 'manifest', 'fix', 'rollback', 'runs', 'cleanup', 'explain', 'version']);
	});
});
