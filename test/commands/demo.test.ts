import {PassThrough} from 'node:stream';
import {text} from 'node:stream/consumers';
import {expect, it} from 'vitest';
import type {CommandContext} from '../../source/commands/command.ts';
import {runDemo} from '../../source/commands/demo.ts';
import {commands} from '../../source/commands/index.ts';

async function ran(flags: CommandContext['flags']) {
	const [stdout, stderr] = [new PassThrough(), new PassThrough()];
	const context = {words: ['version'], flags, signal: AbortSignal.timeout(90_000), environment: {}, stdout, stderr, stdin: process.stdin};
	const ended = runDemo(context as unknown as CommandContext, commands).finally(() => {
		stdout.end();
		stderr.end();
	});
	const [code, out, err] = await Promise.all([ended, text(stdout), text(stderr)]);
	return {code, out, err};
}

it('never leaves the demo cluster for one that a flag chooses, and says so', async () => {
	const {code, out, err} = await ran({scene: 'healthy', context: 'prod', server: 'https://127.0.0.1:9', as: 'jane'});
	expect({code, err}).toEqual({code: 0, err: 'demo cluster: not used: --context, --server, --as\n'});
	expect(out).toContain('Cilium ');
	expect(out).not.toContain('127.0.0.1:9\n');
});

it('takes flags that choose no cluster', async () => {
	const {code, err} = await ran({scene: 'healthy', namespace: 'default', 'request-timeout': '20s'});
	expect({code, err}).toEqual({code: 0, err: ''});
});
