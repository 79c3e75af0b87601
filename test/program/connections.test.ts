// How the built program gets to clusters and nodes, by whatever runs it: Node or the runtime of an executable. Every corner of each is tested elsewhere, in
// this process; here is one whole way of each through the program as it is released.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, readFileSync} from 'node:fs';
import http from 'node:http';
import type {AddressInfo, Socket} from 'node:net';
import path from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {WebSocketServer} from 'ws';
import {parse, stringify} from 'yaml';
import {startDemoCluster, type DemoCluster} from '../../source/demo/demo-cluster.ts';
import {knownHostsLine, makeKey, startServer, testFolder} from '../access/ssh/support/ssh-server.ts';
import {startApiServer} from '../cluster/api-server.ts';
import {createAuthority} from '../cluster/certificates.ts';
import {built, startOf} from '../support/built.ts';
import {openFaultyDemo} from '../support/faulty-demo.ts';
import {runBuilt} from '../support/program.ts';

type Kubeconfig = {
	clusters: Array<{name: string; cluster: Record<string, string>}>;
	users: Array<{name: string; user: Record<string, unknown>}>;
};

let demo: DemoCluster;
let kubeconfig: Kubeconfig;
const folder = testFolder();
beforeAll(async () => {
	demo = await startDemoCluster({scene: 'nks'});
	kubeconfig = parse(readFileSync(demo.kubeconfig, 'utf8')) as Kubeconfig;
});
afterAll(async () => {
	await demo.stop();
	folder.remove();
});

/** The demo's kubeconfig with another user or cluster. */
const kubeconfigWith = (change: (own: Kubeconfig) => void): Readonly<Record<string, string>> => {
	const own = structuredClone(kubeconfig);
	change(own);
	return {KUBECONFIG: folder.file('kubeconfig', stringify(own))};
};

it('an exec plug-in proves who asks, and is told what it is asked for', async () => {
	const token = String(kubeconfig.users[0]?.user['token']);
	const said = path.join(folder.path, 'info');
	const plugin = folder.file(
		'plugin',
		`#!/bin/sh\nprintf %s "$KUBERNETES_EXEC_INFO" > ${said}\necho '${JSON.stringify({apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: {token}})}'\n`,
	);
	chmodSync(plugin, 0o755);
	const environment = kubeconfigWith(({users}) => {
		const exec = {apiVersion: 'client.authentication.k8s.io/v1', command: plugin, interactiveMode: 'Never', provideClusterInfo: true};
		for (const each of users) each.user = {exec};
	});
	const {code, output, errors} = await runBuilt(['version', '-o', 'jsonpath={.server.kubernetes}'], environment);
	expect(code, errors).toBe(0);
	expect(output).toBe('v1.26.9');
	expect(JSON.parse(readFileSync(said, 'utf8'))).toMatchObject({
		kind: 'ExecCredential',
		spec: {cluster: {server: kubeconfig.clusters[0]?.cluster['server']}},
	});
});

it('a client certificate is shown to a server that asks for one', async () => {
	const authority = await createAuthority();
	const api = await startApiServer({authority, clientAuthority: authority.certificate, rejectUnauthorized: true});
	try {
		api.answer = ({path: asked}) => ({json: asked === '/version' ? {gitVersion: 'v1.30.1'} : {kind: 'List', items: []}});
		const {certificate, key} = await authority.issue({commonName: 'jane'});
		const files = {'client-certificate': folder.file('jane.crt', certificate), 'client-key': folder.file('jane.key', key)};
		const environment = kubeconfigWith(({clusters, users}) => {
			for (const each of clusters) each.cluster = {server: api.url, 'certificate-authority': folder.file('ca.crt', authority.certificate)};
			for (const each of users) each.user = files;
		});
		const {output, errors} = await runBuilt(['version', '-o', 'jsonpath={.server.kubernetes}'], environment);
		expect(output, errors).toBe('v1.30.1');
		expect(new Set(api.requests.map(({clientName}) => clientName))).toEqual(new Set(['jane']));
	} finally {
		await api.close();
	}
});

it('nodes are looked at by SSH, with a key and known_hosts', async () => {
	const key = makeKey();
	const server = await startServer({authorized: [key]});
	try {
		const config = folder.file('ssh_config', `Host *\n  HostName 127.0.0.1\n  IdentityAgent none\n  GlobalKnownHostsFile /dev/null\n`);
		const ssh = {
			'--ssh-config': config,
			'--ssh-key': folder.file('id', key.private),
			'--ssh-known-hosts': folder.file('known_hosts', knownHostsLine(server, server.hostKey)),
			'--ssh-port': String(server.port),
			'--ssh-user': 'root',
			'--ssh-client': 'ssh2',
		};
		const words = ['check', '--via=ssh', '--no-connect', '-o', 'jsonpath={.nodes[*].via}', ...Object.entries(ssh).flat()];
		const {output, errors} = await runBuilt(words, {KUBECONFIG: demo.kubeconfig});
		expect(output, errors).toBe('ssh ssh ssh');
		expect(server.seen.users).toContain('publickey root');
		expect(server.seen.commands.length).toBeGreaterThan(2);
	} finally {
		await server.close();
	}
});

describe('before an API server whose exec says nothing', () => {
	it('pings, so that nothing on the way takes the connection for idle', {timeout: 120_000}, async () => {
		const faulty = await openFaultyDemo({scene: 'nks'});
		const sockets = new Set<Socket>();
		const server = http.createServer((request, response) => {
			const onward = http.request(faulty.proxy.url + (request.url ?? ''), {method: request.method, headers: request.headers}, back => {
				response.writeHead(back.statusCode ?? 502, back.headers);
				back.pipe(response);
			});
			onward.on('error', () => response.destroy());
			request.pipe(onward);
		});
		server.on('connection', socket => sockets.add(socket.on('error', () => undefined)));
		const webSockets = new WebSocketServer({noServer: true, handleProtocols: ([first]) => first ?? false});
		const pinged = new Promise<void>(resolve => {
			server.on('upgrade', (request, socket: Socket, head: Buffer) =>
				webSockets.handleUpgrade(request, socket, head, opened => void opened.on('ping', () => resolve())),
			);
		});
		server.listen(0, '127.0.0.1');
		await once(server, 'listening');
		const own = JSON.parse(readFileSync(faulty.environment.KUBECONFIG, 'utf8')) as Kubeconfig;
		for (const each of own.clusters) each.cluster = {server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`};
		const environment = {...faulty.environment, KUBECONFIG: folder.file('proxied', JSON.stringify(own))};
		const [file, first] = startOf(built);
		const child = spawn(file, [...first, 'check', '--no-connect', '--node-timeout=100s'], {
			env: {...process.env, ...environment},
			stdio: 'ignore',
		});
		try {
			await Promise.race([pinged, once(child, 'close').then(() => Promise.reject(new Error('it ended')))]);
		} finally {
			child.kill('SIGKILL');
			for (const socket of sockets) socket.destroy();
			server.close();
			await faulty.close();
		}
	});
});
