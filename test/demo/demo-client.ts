import {once} from 'node:events';
import {readFile} from 'node:fs/promises';
import {Agent, request} from 'undici';
import {WebSocket} from 'ws';
import {parse} from 'yaml';
import {startDemoCluster, type DemoClusterOptions} from '../../source/demo/demo-cluster.ts';
import type {Pod, Workload} from '../../source/demo/objects/kubernetes-types.ts';

export type Answer = {readonly status: number; readonly contentType: string; readonly text: string; readonly body: Body};
/** What a test reads of whatever object came; which of it is there depends on the kind. */
export type Body = {
	readonly apiVersion: string;
	readonly kind: string;
	readonly metadata: Pod['metadata'] & {readonly continue?: string; readonly remainingItemCount?: number};
	readonly items: readonly Body[];
	readonly spec: Pod['spec'] & Workload['spec'];
	readonly status: Pod['status'] & Readonly<Record<string, unknown>>;
	readonly data: Readonly<Record<string, string>>;
	readonly code: number;
	readonly reason: string;
	readonly message: string;
	readonly details: {readonly causes: readonly {readonly reason: string; readonly message: string}[]};
	readonly involvedObject: {readonly name: string};
	readonly count: number;
	readonly versions: readonly string[];
	readonly groups: readonly {readonly name: string}[];
	readonly resources: readonly {readonly name: string}[];
};
export type WatchLine = {readonly type: string; readonly object: Body};
export type ExecAnswer = {
	readonly protocol: string;
	readonly stdout: string;
	readonly stderr: string;
	/** The Status of channel 3, if one came. */
	readonly status: Body | undefined;
	readonly closeCode: number;
};
export type ExecQuestion = {
	readonly command: readonly string[];
	readonly container?: string;
	readonly protocols?: readonly string[];
	readonly stdin?: string;
	/** v5 only: ends stdin after it was sent. */
	readonly endStdin?: boolean;
};

type Kubeconfig = {clusters: [{cluster: {'certificate-authority-data': string}}]; users: [{user: {token: string}}]};

/** A started demo cluster and the plainest client that can speak to it: no code of the product is in between. */
export async function openDemo(options: DemoClusterOptions) {
	const cluster = await startDemoCluster(options);
	const config = parse(await readFile(cluster.kubeconfig, 'utf8')) as Kubeconfig;
	const ca = Buffer.from(config.clusters[0].cluster['certificate-authority-data'], 'base64').toString();
	const {token} = config.users[0].user;
	const agent = new Agent({connect: {ca}});
	const headers = {authorization: `Bearer ${token}`};

	async function send(
		method: string,
		path: string,
		body?: unknown,
		contentType = 'application/json',
		extra: Record<string, string> = {},
	): Promise<Answer> {
		const answer = await request(cluster.server + path, {
			method: method as 'GET',
			dispatcher: agent,
			headers: {...headers, ...(body !== undefined && {'content-type': contentType}), ...extra},
			...(body !== undefined && {body: typeof body === 'string' ? body : JSON.stringify(body)}),
		});
		const text = await answer.body.text();
		const type = String(answer.headers['content-type'] ?? '');
		return {
			status: answer.statusCode,
			contentType: type,
			text,
			body: type.startsWith('application/json') && text !== '' ? (JSON.parse(text) as Body) : ({} as Body),
		};
	}

	function openExec(
		pod: string,
		{command, container, protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'], stdin}: ExecQuestion,
	): WebSocket {
		const [namespace, name] = pod.split('/');
		const query = new URLSearchParams([
			...command.map((word): [string, string] => ['command', word]),
			['stdout', 'true'],
			['stderr', 'true'],
		]);
		if (container !== undefined) query.set('container', container);
		if (stdin !== undefined) query.set('stdin', 'true');
		const url = `${cluster.server.replace('https', 'wss')}/api/v1/namespaces/${namespace}/pods/${name}/exec?${query.toString()}`;
		return new WebSocket(url, [...protocols], {ca, headers});
	}

	return {
		...cluster,
		send,
		get: (path: string) => send('GET', path),
		openExec,
		/** A connection's status code and Status body where the server refuses the upgrade. */
		async refusedExec(pod: string, question: ExecQuestion): Promise<{status: number; body: Body}> {
			const socket = openExec(pod, question);
			const [, response] = (await once(socket, 'unexpected-response')) as [unknown, AsyncIterable<Buffer> & {statusCode: number}];
			const parts: Buffer[] = [];
			for await (const part of response) parts.push(part);
			return {status: response.statusCode, body: JSON.parse(Buffer.concat(parts).toString()) as Body};
		},
		async exec(pod: string, question: ExecQuestion): Promise<ExecAnswer> {
			const socket = openExec(pod, question);
			const channels: Buffer[][] = [[], [], [], []];
			socket.on('message', (data: Buffer) => channels[data[0] ?? 0]?.push(data.subarray(1)));
			socket.once('open', () => {
				if (question.stdin !== undefined) socket.send(Buffer.concat([Buffer.from([0]), Buffer.from(question.stdin)]));
				if (question.endStdin === true) socket.send(Buffer.from([255, 0]));
			});
			const [closeCode] = (await once(socket, 'close')) as [number];
			const [, stdout, stderr, status] = channels.map(parts => Buffer.concat(parts).toString());
			return {
				protocol: socket.protocol,
				stdout: stdout ?? '',
				stderr: stderr ?? '',
				status: status ? (JSON.parse(status) as Body) : undefined,
				closeCode,
			};
		},
		/** Lines of a watch, until `wanted` of them came; then the connection is dropped. */
		async watch(path: string, wanted: number, meanwhile: () => Promise<unknown> = async () => undefined): Promise<WatchLine[]> {
			const {body} = await request(cluster.server + path, {dispatcher: agent, headers});
			const acted = meanwhile();
			const lines: WatchLine[] = [];
			let rest = '';
			for await (const part of body as AsyncIterable<Buffer>) {
				rest += part.toString();
				for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
					lines.push(JSON.parse(rest.slice(0, end)) as WatchLine);
					rest = rest.slice(end + 1);
				}
				if (lines.length >= wanted) break;
			}
			await acted;
			return lines;
		},
		/** Waits until `look` gives something, at most ten seconds. */
		async until<T>(look: () => Promise<T | undefined>): Promise<T> {
			for (const end = Date.now() + 10_000; ;) {
				const found = await look();
				if (found !== undefined) return found;
				if (Date.now() > end) throw new Error('it did not come about in ten seconds');
				await new Promise(resolve => setTimeout(resolve, 40));
			}
		},
		async stop(): Promise<void> {
			await agent.destroy();
			await cluster.stop();
		},
	};
}

export type Demo = Awaited<ReturnType<typeof openDemo>>;

/** Names of the pods that a label selects, by the node they run on. */
export async function podsByNode(demo: Demo, labelSelector: string): Promise<Map<string, Body>> {
	const {body} = await demo.get(`/api/v1/pods?labelSelector=${encodeURIComponent(labelSelector)}`);
	return new Map(body.items.map(pod => [pod.spec.nodeName ?? '', pod]));
}

export const nameOf = (pod: Body | undefined): string => `${pod?.metadata.namespace}/${pod?.metadata.name}`;
