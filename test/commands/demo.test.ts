import {existsSync} from 'node:fs';
import {expect, it} from 'vitest';
import type {Command, CommandContext} from '../../source/command-line/command.ts';
import type {Typed} from '../../source/command-line/option.ts';
import {demo} from '../../source/commands/demo.ts';
import {exitCode, UsageError} from '../../source/errors.ts';
import {contextAt} from '../support/context.ts';
import {runHere, runUntil} from '../support/program.ts';

it('never leaves the demo cluster for one that a flag chooses, and says so', async () => {
	const words = ['demo', 'version', '--scene=healthy', '--context=prod', '--server=https://127.0.0.1:9', '--as=jane'];
	const {code, output, errors} = await runHere(words);
	expect({code, errors}).toEqual({code: 0, errors: 'demo cluster: not used: --context, --server, --as\n'});
	expect(output).toContain('Cilium ');
	expect(output).not.toContain('127.0.0.1:9\n');
});

it('takes flags that choose no cluster', async () => {
	const {code, errors} = await runHere(['demo', 'version', '--scene=healthy', '-n', 'default', '--request-timeout=20s']);
	expect({code, errors}).toEqual({code: 0, errors: ''});
});

/** Each command that it was to run, in order; `ran` is what they were given. */
async function playedWith(isTTY: boolean, more: Partial<CommandContext> = {}) {
	const ran: Array<{readonly name: string; readonly typed: Typed; readonly context: CommandContext}> = [];
	const commands = ['', 'check', 'diff', 'fix'].map(
		name =>
			({
				name,
				async run(typed, context) {
					ran.push({name, typed, context});
					expect(existsSync(String(typed['kubeconfig']))).toBe(true);
					return name === 'fix' ? exitCode.incomplete : exitCode.faults;
				},
			}) as Command,
	);
	const {context, written} = contextAt(isTTY, more);
	return {code: await demo(commands).run({scene: 'healthy', nodes: 1}, context), ran, written, names: ran.map(({name}) => name)};
}

it('shows diagnosis and diff where there is no terminal, and ends well: a broken cluster was asked for', async () => {
	const {code, names, written} = await playedWith(false);
	expect({code, names}).toEqual({code: exitCode.ok, names: ['check', 'diff']});
	expect(written).toEqual({stdout: '\nWhat would change:\n\n', stderr: ''});
});

it('opens the terminal UI where there is a terminal', async () => {
	const {code, names} = await playedWith(true);
	expect({code, names}).toEqual({code: exitCode.faults, names: ['']});
});

it.each([true, false])('runs the command that is named, with its words and flags, and ends as it does (terminal: %s)', async isTTY => {
	const {code, names, ran} = await playedWith(isTTY, {words: ['fix', 'node-1'], typed: {yes: true, context: 'prod'}});
	expect({code, names}).toEqual({code: exitCode.incomplete, names: ['fix']});
	const [{typed, context} = {typed: {}, context: undefined}] = ran;
	expect(typed).toMatchObject({yes: true});
	expect(typed).not.toHaveProperty('context');
	expect(context).toMatchObject({words: ['node-1'], typed, demo: {connect: expect.any(Function) as unknown}});
	if (process.platform === 'linux') expect(context?.demo?.portmap).toMatch(/\/portmap$/u);
});

it.each([
	[['explain', 'HP02'], 'explain needs no cluster', 'Run: kubectl hostport explain HP02'],
	[['chek'], 'demo cannot run "chek"; did you mean check?', 'It runs: check, diff, fix'],
])('refuses %j', async (words, message, hint) => {
	const error: unknown = await playedWith(false, {words}).catch((failed: unknown) => failed);
	expect(error).toBeInstanceOf(UsageError);
	expect(error).toMatchObject({message, hint});
});

it('--serve keeps it up until it is ended, and names its kubeconfig', async () => {
	let kubeconfig: string | undefined;
	const {code, errors} = await runUntil(['demo', '--serve', '--scene=healthy', '--nodes=1'], {}, (printed, stop) => {
		kubeconfig = /^export KUBECONFIG=(.+)\n$/u.exec(printed)?.[1];
		expect(existsSync(kubeconfig ?? '')).toBe(true);
		stop();
	});
	expect(code).toBe(0);
	expect(errors).toMatch(
		/^The demo cluster is up at https:\/\/127\.0\.0\.1:\d+ until Ctrl-C\.\nTo repair it there: kubectl hostport fix --portmap \/\S+\/portmap\n$/u,
	);
	expect(existsSync(kubeconfig ?? '')).toBe(false);
});

it('--serve runs no command beside it', async () => {
	const {code, errors} = await runHere(['demo', '--serve', 'check']);
	expect([code, errors]).toEqual([2, expect.stringContaining('--serve runs no command\nRemove --serve or check')]);
});
