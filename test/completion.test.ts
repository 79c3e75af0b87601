import {execFileSync} from 'node:child_process';
import {chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {completionOf} from '../source/command-line/completion.ts';
import {commands} from '../source/commands/index.ts';
import {built, typedProgram} from './support/built.ts';
import {runHere} from './support/program.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-completion-'));
afterAll(() => rmSync(folder, {recursive: true}));

/** What the words complete to, without a cluster: the words, or what has to be asked for. */
function completed(...words: string[]): readonly string[] | string {
	const {typed, candidates} = completionOf(words, commands);
	return typeof candidates === 'string' ? candidates : candidates.map(([word]) => word).filter(word => word.startsWith(typed));
}

describe('completion without a cluster', () => {
	it.each([
		[['ch'], ['check']],
		[['c'], ['check', 'cleanup', 'completion']],
		[['help', 'ro'], ['rollback']],
		[['check', '--out'], ['--output']],
		[['check', '--fail'], ['--fail-on']],
		[['diff', '--fail'], []],
		[
			['check', '-o', 'j'],
			['junit', 'json', 'jsonpath=', 'jsonpath-as-json=', 'jsonpath-file='],
		],
		[
			['check', '--output', 'j'],
			['junit', 'json', 'jsonpath=', 'jsonpath-as-json=', 'jsonpath-file='],
		],
		[['check', '--output=m'], ['markdown']],
		[['check', '--output', '=', 'm'], ['markdown']],
		[
			['check', '--fail-on', '='],
			['error', 'warning', 'never'],
		],
		[
			['--context', 'prod', 'ver'],
			['verify', 'version'],
		],
		[['--context', ''], 'context'],
		[['--context='], 'context'],
		[['check', '--cluster', ''], 'cluster'],
		[['check', '--user', ''], 'user'],
		[['check', '-n', ''], 'namespace'],
		[['check', ''], 'node'],
		[['check', 'node-1', ''], 'node'],
		[['node/'], 'node'],
		[['fix', '--canary', ''], 'node'],
		[['rollback', ''], 'run'],
		[['rollback', 'run-1', ''], []],
		[['explain', 'HP'], 'code'],
		[['check', '--from', ''], 'file'],
		[
			['manifest', ''],
			['daemonset', 'init-script', 'helm-values', 'rbac'],
		],
		[
			['manifest', 'rbac', '--mode', ''],
			['list', 'diagnose', 'fix'],
		],
		[['version', ''], []],
		[
			['demo', 'ver'],
			['verify', 'version'],
		],
		[['demo', 'check', '--sc'], ['--scene']],
		[
			['demo', 'check', '-o', 'j'],
			['junit', 'json', 'jsonpath=', 'jsonpath-as-json=', 'jsonpath-file='],
		],
		[
			['demo', '--scene', ''],
			['nks', 'missing-binary', 'healthy', 'mixed'],
		],
		[['completion', 'f'], ['fish']],
		[['check', '--image', ''], []],
		[['nonsense', 'x'], []],
		[['check', '--', '--out'], 'node'],
	] as const)('«%j» gives %j', (words, expected) => {
		expect(completed(...words)).toEqual(expected);
	});

	it('offers every flag of a command, and those that all take', () => {
		expect(completed('check', '-')).toEqual(expect.arrayContaining(['--output', '--ssh-user', '--context', '--verbosity']));
	});

	it('gives a line a candidate with its meaning, and kubectl’s word for what else to do', async () => {
		expect(await runHere(['__complete', 'check', '--fail'])).toEqual({
			code: 0,
			output: expect.stringMatching(/^--fail-on\twhich findings give exit code 1.*…\n:4\n$/u) as string,
			errors: '',
		});
		expect((await runHere(['__complete', 'check', '--save', ''])).output).toBe(':0\n');
		expect((await runHere(['__complete', 'explain', 'HP02'])).output).toBe('HP02\n:4\n');
		expect((await runHere(['__complete', 'explain', 'hp02'])).output).toBe('hp02\n:4\n');
	});
});

describe('in a shell', () => {
	const program = path.join(folder, 'kubectl-hostport');
	beforeAll(() => {
		writeFileSync(program, `#!/bin/sh\nexec ${typedProgram()} "$@"\n`);
		chmodSync(program, 0o755);
		symlinkSync(built, path.join(folder, 'kubectl_complete-hostport'));
	});

	it.each([
		['kubectl-hostport check --output j', 'junit json jsonpath= jsonpath-as-json= jsonpath-file='],
		['kubectl-hostport check --output = j', 'junit json jsonpath= jsonpath-as-json= jsonpath-file='],
		['kubectl-hostport roll', 'rollback'],
	])('bash completes «%s»', (line, expected) => {
		const words = line.split(' ');
		const script = `source <(kubectl-hostport completion bash); COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _kubectl_hostport; echo "\${COMPREPLY[@]}"`;
		const printed = execFileSync('bash', ['-c', script], {
			env: {...process.env, PATH: `${folder}:${process.env['PATH']}`},
			encoding: 'utf8',
		});
		expect(printed.trim()).toBe(expected);
	});

	it('a link of the name that kubectl looks for answers kubectl', () => {
		const printed = execFileSync(process.execPath, [path.join(folder, 'kubectl_complete-hostport'), 'check', '-o', 'j'], {
			encoding: 'utf8',
		});
		expect(printed).toBe('junit\njson\njsonpath=\njsonpath-as-json=\njsonpath-file=\n:4\n');
	});
});

it('zsh is given no help for a word that has none', async () => {
	expect((await runHere(['completion', 'zsh'])).output).toContain(String.raw`*) candidates+=("${'$'}{line//:/\\:}") ;;`);
});
