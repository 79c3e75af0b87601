import {PassThrough} from 'node:stream';
import {expect, it} from 'vitest';
import type {CommandContext} from '../../source/command-line/command.ts';
import {readOptions, type Typed} from '../../source/command-line/option.ts';
import {sharedOptions} from '../../source/command-line/shared-options.ts';
import {sessionOf} from '../../source/commands/session-of.ts';
import {lookOptions} from '../../source/commands/shared-options.ts';

const connect = async () => 'open' as never;

function opened(typed: Typed = {}, words: readonly string[] = [], parts: Partial<CommandContext> = {}) {
	let errors = '';
	const stderr = new PassThrough().on('data', (part: Buffer) => (errors += part.toString()));
	const context = {words, stdin: {}, stdout: new PassThrough(), stderr, ...parts} as unknown as CommandContext;
	const session = sessionOf(readOptions({...lookOptions, ...sharedOptions}, typed), context);
	return {session, errors: () => errors};
}

it('without flags it is the whole cluster, by the weakest accesses, with connections, and addresses replaced', () => {
	const {session} = opened({}, ['node-1'], {demo: {connect, portmap: 'of-the-demo'}});
	expect(session.scope).toEqual({nodes: ['node-1']});
	expect(session.reach).toEqual({via: 'auto', ssh: {}, pods: {}, connects: true});
	expect(session).toMatchObject({
		from: undefined,
		save: undefined,
		redacts: true,
		asker: undefined,
		demoNetwork: connect,
		demoPortmap: 'of-the-demo',
	});
});

it.each([
	[{namespace: 'web'}, {scope: {namespace: 'web'}}],
	[{namespace: 'web', allNamespaces: true}, {scope: {namespace: undefined}}],
	[{selector: 'a=b'}, {scope: {selector: 'a=b'}}],
	[{via: 'ssh', concurrency: 4}, {reach: {via: 'ssh', concurrency: 4}}],
	[{nodeTimeout: '90s'}, {reach: {nodeTimeoutMilliseconds: 90_000}}],
	// A node is never waited for without end.
	[{nodeTimeout: '0'}, {reach: {nodeTimeoutMilliseconds: 3_600_000}}],
	[
		{connect: false, save: 'b', redact: false},
		{reach: {connects: false}, save: 'b', redacts: false},
	],
	[
		{from: 'a', save: 'b'},
		{from: 'a', save: 'b'},
	],
	[
		{sshUser: 'u', sshKey: 'k', sshPort: 22, sshConfig: 'c', sshKnownHosts: 'h', sshJump: 'j', sshClient: 'ssh2', sshAddress: 'external'},
		{reach: {ssh: {user: 'u', key: 'k', port: 22, config: 'c', knownHosts: 'h', jump: 'j', client: 'ssh2', address: 'external'}}},
	],
	[
		{image: 'i', imagePullPolicy: 'Always', imagePullSecret: 's', helperNamespace: 'n'},
		{reach: {pods: {image: 'i', imagePullPolicy: 'Always', imagePullSecret: 's', namespace: 'n'}}},
	],
	[{kubeconfig: 'f', context: 'c'}, {connection: {kubeconfig: 'f', context: 'c'}}],
])('%j is what the session has of it', (typed, parts) => {
	expect(opened(typed as Typed).session).toMatchObject(parts);
});

it('logs what -v asks for, and nothing that a terminal would take for a command', () => {
	const {session, errors} = opened({verbosity: 6});
	session.log(6, 'GET /api\u001B[2J');
	session.log(7, 'more');
	expect(errors()).toBe('GET /api\n');
	const quiet = opened();
	quiet.session.log(1, 'GET /api');
	quiet.session.log(0, 'a warning');
	expect(quiet.errors()).toBe('a warning\n');
});

const extraOf = (...fields: string[]) => opened({asUserExtra: fields}).session.connection.asUserExtra;

it('extra fields to impersonate are kept by key, each value of a key that is repeated', () => {
	expect(extraOf('scopes=a', 'team=x', 'scopes=b=c')).toEqual({scopes: ['a', 'b=c'], team: ['x']});
	expect(extraOf()).toBeUndefined();
});

it.each(['scopes', 'scopes=', '=a', '='])('«%s» is no extra field', field => {
	expect(() => extraOf(field)).toThrow(`--as-user-extra cannot be "${field}"`);
});
