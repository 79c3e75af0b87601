import {gzipSync} from 'node:zlib';
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {afterAll, afterEach, beforeAll, beforeEach, expect, test} from 'vitest';
import type {ClusterClient} from '../../source/cluster/cluster-client.ts';
import {ClusterError} from '../../source/cluster/cluster-error.ts';
import {canI} from '../../source/cluster/permissions.ts';
import {
	connectTo,
	kubeconfigText,
	startApiServer,
	status,
	temporaryFolder,
	type ApiServer,
	type KubeconfigParts,
	type Reply,
} from './api-server.ts';

const folder = temporaryFolder();
let api: ApiServer;
let client: ClusterClient;
let lines: string[];

const kubeconfig = (parts?: KubeconfigParts): string => {
	const file = path.join(folder.path, 'config');
	writeFileSync(file, kubeconfigText(api, parts));
	return file;
};

const open = async (parts?: KubeconfigParts, flags = {}): Promise<ClusterClient> =>
	connectTo(kubeconfig(parts), flags, {log: (level, line) => lines.push(`${level} ${line}`)});
/** Answers one after the other, the last one again and again. */
const answers = (...replies: Reply[]): void => {
	api.answer = () => (replies.length > 1 ? replies.shift() : replies[0]) ?? {};
};

const failure = async (promise: Promise<unknown>): Promise<ClusterError> => {
	const error: unknown = await promise.then(
		() => new Error('it went well'),
		(error: unknown) => error,
	);
	expect(error).toBeInstanceOf(ClusterError);
	return error as ClusterError;
};

beforeAll(async () => {
	api = await startApiServer();
});
beforeEach(async () => {
	lines = [];
	api.answer = () => ({json: {kind: 'List'}});
	client = await open();
	api.requests.length = 0;
});
afterEach(() => client.close());
afterAll(async () => {
	await api.close();
	folder.remove();
});

test('a request carries the token and brings JSON back', async () => {
	answers({json: {kind: 'List', items: [1]}});
	await expect(client.request({path: '/api/v1/nodes', query: {limit: 1, watch: undefined, fieldSelector: 'a=b&c'}})).resolves.toEqual({
		kind: 'List',
		items: [1],
	});
	expect(api.requests[0]?.headers).toContainEqual(['authorization', 'Bearer secret-token']);
	expect(Object.fromEntries(api.requests[0]?.query ?? [])).toEqual({limit: '1', fieldSelector: 'a=b&c'});
});

test('the server’s clock is told by its answers, refusals among them, and not by what is no time', async () => {
	const at = (date: string): {headers: Record<string, string>; json: object} => ({
		headers: {date},
		json: {kind: 'Status', status: 'Success'},
	});
	answers(at('Mon, 01 Jun 2026 12:00:00 GMT'), {...at('Mon, 01 Jun 2026 12:00:09 GMT'), status: 404}, at('soon'));
	expect(client.serverTime).toBeUndefined();
	await client.request({path: '/api/v1/nodes'});
	expect(client.serverTime).toBe(Date.parse('2026-06-01T12:00:00Z'));
	await failure(client.request({path: '/api/v1/nodes'}));
	expect(client.serverTime).toBe(Date.parse('2026-06-01T12:00:09Z'));
	await client.request({path: '/api/v1/nodes'});
	expect(client.serverTime).toBe(Date.parse('2026-06-01T12:00:09Z'));
});

test('a refusal that comes with 200 is no object, and a list of something else no list of pods', async () => {
	answers({json: {kind: 'Status', status: 'Failure', code: 403, message: 'no'}}, {json: {kind: 'EventList', items: []}});
	await expect(client.request({path: '/api/v1/namespaces/x/configmaps/y'})).rejects.toThrow('does not answer like a Kubernetes API');
	await expect(client.list('/api/v1/pods')).rejects.toThrow('JSON that is no list of pods');
});

test.each([
	['/apis/networking.k8s.io/v1/networkpolicies', 'NetworkPolicyList'],
	['/apis/apps/v1/daemonsets', 'DaemonSetList'],
	['/apis/cilium.io/v2/namespaces/x/ciliumnodeconfigs', 'CiliumNodeConfigList'],
	['/api/v1/pods', 'List'],
])('%s is answered with a %s', async (path, kind) => {
	answers({json: {kind, items: []}});
	await expect(client.list(path)).resolves.toEqual([]);
});

test('a server address with a path keeps that path in front', async () => {
	const behindRancher = await open({cluster: {server: `${api.url}/k8s/clusters/c-1/`}});
	await behindRancher.request({path: '/api/v1/nodes'});
	expect(api.requests[0]?.path).toBe('/k8s/clusters/c-1/api/v1/nodes');
	await behindRancher.close();
});

test('packed answers are asked for and unpacked', async () => {
	answers({text: gzipSync('{"a":"b"}'), headers: {'content-encoding': 'gzip', 'content-type': 'application/json'}});
	await expect(client.request({path: '/x'})).resolves.toEqual({a: 'b'});
	expect(api.requests[0]?.headers).toContainEqual(['accept-encoding', 'gzip']);
});

test('a cluster that wants no compression is not asked for it', async () => {
	const bare = await open({cluster: {'disable-compression': true}});
	await bare.request({path: '/x'});
	expect(api.requests[0]?.headers.some(([name]) => name === 'accept-encoding')).toBe(false);
	await bare.close();
});

test('plain text comes as a string and an empty answer as nothing', async () => {
	answers({text: 'line 1\nline 2'});
	await expect(client.request({path: '/log'})).resolves.toBe('line 1\nline 2');
	answers({status: 204, text: ''});
	await expect(client.request({method: 'DELETE', path: '/x'})).resolves.toBeUndefined();
});

test.each([
	['merge', 'application/merge-patch+json'],
	['strategic-merge', 'application/strategic-merge-patch+json'],
	['json', 'application/json-patch+json'],
	['apply', 'application/apply-patch+yaml'],
] as const)('a %s patch says so in its content type', async (patchType, type) => {
	await client.request({method: 'PATCH', path: '/x', body: {a: 'ü'}, patchType});
	expect(api.requests[0]).toMatchObject({method: 'PATCH', body: '{"a":"ü"}'});
	expect(api.requests[0]?.headers).toContainEqual(['content-type', type]);
});

test('a list is read page by page', async () => {
	answers(
		{json: {kind: 'List', metadata: {continue: 'next', remainingItemCount: 1}, items: [1, 2]}},
		{json: {kind: 'List', metadata: {}, items: [3]}},
	);
	await expect(client.list('/api/v1/pods', {query: {labelSelector: 'a=b'}})).resolves.toEqual([1, 2, 3]);
	expect(api.requests.map(({query}) => Object.fromEntries(query))).toEqual([
		{labelSelector: 'a=b', limit: '500'},
		{labelSelector: 'a=b', limit: '500', continue: 'next'},
	]);
});

test('with take nothing else is kept of the objects, and nothing at all of some', async () => {
	answers(
		{json: {kind: 'List', metadata: {continue: 'next', remainingItemCount: 1}, items: [1, 2]}},
		{json: {kind: 'List', metadata: {continue: ''}, items: [3]}},
	);
	const take = (item: unknown): unknown => (item === 2 ? undefined : {item});
	await expect(client.list('/x', {pageSize: 2, take})).resolves.toEqual([{item: 1}, {item: 3}]);
});

test('the version of a list is told once all of its pages are there', async () => {
	const page = (name: string | undefined, resourceVersion: string) => ({
		json: {kind: 'List', metadata: {continue: name, resourceVersion}, items: [1]},
	});
	const versions: string[] = [];
	const onVersion = (version: string): void => void versions.push(version);
	answers(page('a', '7'), page(undefined, '7'), page('a', '8'), status(500, 'InternalError', 'no'));
	await client.list('/x', {onVersion});
	expect(versions).toEqual(['7']);
	await failure(client.list('/x', {onVersion}));
	expect(versions).toEqual(['7']);
});

test('an expired page starts the list over once, and the caller hears of it', async () => {
	const expired = status(410, 'Expired', 'too old');
	answers(
		{json: {kind: 'List', metadata: {continue: 'a'}, items: [1]}},
		expired,
		{json: {kind: 'List', metadata: {continue: 'b'}, items: [1]}},
		{json: {kind: 'List', items: [2]}},
	);
	let restarts = 0;
	await expect(client.list('/x', {onRestart: () => (restarts += 1)})).resolves.toEqual([1, 2]);
	expect(restarts).toBe(1);
	expect(api.requests.map(({query}) => query.get('continue'))).toEqual([null, 'a', null, 'b']);
	answers(expired);
	await expect(failure(client.list('/x'))).resolves.toMatchObject({status: 410, reason: 'Expired'});
});

test('a packed answer that swells beyond all measure is refused, not unpacked', async () => {
	const bomb = gzipSync(Buffer.alloc(257 * 1024 * 1024));
	answers({text: bomb, headers: {'content-encoding': 'gzip', 'content-type': 'application/json'}});
	await expect(client.request({path: '/x'})).rejects.toThrow(/larger than/u);
	expect(api.requests).toHaveLength(1);
});

test('items that are null are none', async () => {
	answers({json: {kind: 'List', items: null}});
	await expect(client.list('/x')).resolves.toEqual([]);
});

test.each([500, 502, 503, 504, 429])('a GET that is answered %d is tried again', async code => {
	answers(status(code, '', 'later'), {json: {ok: 1}});
	await expect(client.request({path: '/x'})).resolves.toEqual({ok: 1});
	expect(api.requests).toHaveLength(2);
});

test('a GET whose connection is cut is tried again', async () => {
	answers('reset', {json: {ok: 1}});
	await expect(client.request({path: '/x'})).resolves.toEqual({ok: 1});
});

test('after three tries the failure stands', async () => {
	answers(status(503, 'ServiceUnavailable', 'etcd is down'));
	const error = await failure(client.request({path: '/api/v1/nodes'}));
	expect(error).toMatchObject({status: 503, reason: 'ServiceUnavailable'});
	expect(error.message).toContain('etcd is down');
	expect(api.requests).toHaveLength(3);
	expect(client.requestCount).toBe(3);
});

test('a change is not tried again after a 5xx or a cut connection', async () => {
	answers(status(500, 'InternalError', 'x'));
	await failure(client.request({method: 'PATCH', path: '/x', body: {}, patchType: 'merge'}));
	expect(api.requests).toHaveLength(1);
	answers('reset');
	await expect(failure(client.request({method: 'POST', path: '/x', body: {}}))).resolves.toMatchObject({reason: 'ConnectionLost'});
	expect(api.requests).toHaveLength(2);
});

test('a change that is turned away with 429 is tried again', async () => {
	answers({...status(429, 'TooManyRequests', 'slow down'), headers: {'retry-after': '0'}}, {status: 201, json: {ok: 1}});
	await expect(client.request({method: 'POST', path: '/x', body: {}})).resolves.toEqual({ok: 1});
});

test('Retry-After is kept, but nobody waits for longer than there is time', async () => {
	answers({...status(429, 'TooManyRequests', 'slow down'), headers: {'retry-after': '1'}}, {json: {ok: 1}});
	const started = performance.now();
	await client.request({path: '/x'});
	expect(performance.now() - started).toBeGreaterThan(990);
	answers({...status(429, 'TooManyRequests', 'slow down'), headers: {'retry-after': '3600'}});
	await expect(failure(client.request({path: '/x'}))).resolves.toMatchObject({status: 429, retryAfterMilliseconds: 3_600_000});
	answers({...status(429, 'TooManyRequests', 'slow down'), headers: {'retry-after': '20'}});
	await expect(failure(client.request({path: '/x', timeoutMilliseconds: 5000}))).resolves.toMatchObject({status: 429});
});

test('a server that is not there is tried three times, a change too, since nothing was sent', async () => {
	const gone = await open({cluster: {server: 'https://127.0.0.1:1'}});
	const error = await failure(gone.request({method: 'POST', path: '/x', body: {}}));
	expect(error).toMatchObject({reason: 'ConnectionRefused', status: undefined});
	expect(error.message).toBe('connection refused by 127.0.0.1:1');
	expect(gone.requestCount).toBe(3);
	await gone.close();
});

test('an unknown name is said to be one', async () => {
	const lost = await open({cluster: {server: 'https://no-such-host.invalid:6443'}});
	const error = await failure(lost.request({path: '/x'}));
	expect(['Unreachable']).toContain(error.reason);
	expect(error.message).toContain('no-such-host.invalid:6443');
	await lost.close();
});

test('a silent server is given up after the time limit', async () => {
	answers('hang');
	const error = await failure(client.request({path: '/api/v1/nodes', timeoutMilliseconds: 50}));
	expect(error.reason).toBe('RequestTimeout');
	expect(error.message).toMatch(/cannot list nodes: 127\.0\.0\.1:\d+ did not answer within 0\.05 s/u);
	const hasty = await open({}, {requestTimeout: '60ms'});
	await expect(failure(hasty.request({path: '/x'}))).resolves.toMatchObject({reason: 'RequestTimeout'});
	await hasty.close();
});

test('an AbortSignal ends a request with its own reason, also one that waits to try again', async () => {
	answers('hang');
	const reason = new Error('the user left');
	await expect(client.request({path: '/x', signal: AbortSignal.abort(reason)})).rejects.toBe(reason);
	const controller = new AbortController();
	const request = client.request({path: '/x', signal: controller.signal});
	setTimeout(() => controller.abort(reason), 30);
	await expect(request).rejects.toBe(reason);
	answers({...status(429, '', ''), headers: {'retry-after': '20'}});
	const second = new AbortController();
	const waiting = client.request({path: '/x', signal: second.signal});
	setTimeout(() => second.abort(reason), 100);
	await expect(waiting).rejects.toBe(reason);
});

test('closing ends what is under way', async () => {
	answers('hang');
	const closing = await open();
	const request = closing.request({path: '/x'});
	setTimeout(() => void closing.close(), 30);
	await expect(request).rejects.toThrow(/was closed/u);
});

test('connections are kept and bounded, however many requests there are', async () => {
	await Promise.all(Array.from({length: 200}, () => client.request({path: '/x'})));
	expect(api.requests).toHaveLength(200);
	expect(new Set(api.requests.map(({connection}) => connection)).size).toBeLessThanOrEqual(16);
});

test('403 names user, verb, resource and namespace, and the right that is missing', async () => {
	answers(
		status(
			403,
			'Forbidden',
			'pods is forbidden: User "viewer" cannot create resource "pods/exec" in API group "" in the namespace "kube-system"',
		),
	);
	const error = await failure(client.request({path: '/api/v1/namespaces/kube-system/pods/a/exec'}));
	expect(error).toMatchObject({status: 403, reason: 'Forbidden', verb: 'get', resource: 'pods/exec'});
	expect(error.message).toBe('missing permission: run a command in pod kube-system/a (user viewer)');
	expect(error.hint).toBe('Grant create on pods/exec in namespace kube-system; kubectl hostport manifest rbac prints a role');
});

test('403 by an admission rule repeats what the rule says', async () => {
	answers(status(403, 'Forbidden', 'pods "x" is forbidden: violates PodSecurity "baseline:latest": host namespaces'));
	const error = await failure(client.request({method: 'POST', path: '/api/v1/namespaces/a/pods', body: {}}));
	expect(error.message).toContain('violates PodSecurity "baseline:latest"');
	expect(error.hint).toContain('Pod Security');
});

test.each([
	[404, 'NotFound', 'pods "x" not found', 'cannot get pods "x" in namespace a: pods "x" not found'],
	[409, 'Conflict', 'the object has been modified', 'cannot get pods "x" in namespace a: the object has been modified'],
	[409, 'AlreadyExists', 'pods "x" already exists', 'cannot get pods "x" in namespace a: pods "x" already exists'],
	[422, 'Invalid', 'spec: Required value', 'cannot get pods "x" in namespace a: spec: Required value'],
])('%d %s says what and why in one line, with a hint', async (code, reason, message, expected) => {
	answers(status(code, reason, message));
	const error = await failure(client.request({path: '/api/v1/namespaces/a/pods/x'}));
	expect(error).toMatchObject({status: code, reason, message: expected});
	expect(error.hint).not.toBe('');
});

test.each([
	[200, 'text/html', '<html>'],
	[404, 'text/html; charset=utf-8', '<h1>no</h1>'],
	[302, 'text/html', ''],
	[403, 'text/html', '<html>log in'],
	[200, 'application/json', '{"half":'],
	[403, 'application/json', 'null'],
])('%d with %s is no Kubernetes API', async (code, type, text) => {
	answers({status: code, text: text || ' ', headers: {'content-type': type}});
	const error = await failure(client.request({path: '/x'}));
	expect(error.reason).toBe('NotKubernetes');
	expect(error.message).toMatch(/does not answer like a Kubernetes API/u);
	expect(error.message).not.toContain(text || 'undefined');
});

test.each([
	['as an API server writes it', '{"kind":"NodeList","apiVersion":"v1","metadata":{},"items":[{"metadata":{"name":"a"}}]}'],
	['in another form', '{"kind":"NodeList", "items":[{}]}'],
])('a fault of what takes the objects of a list (%s) is not put down to the server', async (_, text) => {
	answers({text, headers: {'content-type': 'application/json'}});
	const take = (): never => {
		throw new TypeError('ours');
	};
	await expect(client.list('/api/v1/nodes', {take})).rejects.toThrow(new TypeError('ours'));
});

test('what the server says cannot drive the terminal', async () => {
	answers(status(404, 'Not\u001B[2JFound', '\u001B]0;title\u0007gone\nand more\u202E'));
	const error = await failure(client.request({path: '/api/v1/nodes/x'}));
	expect(`${error.message}${error.reason}${error.hint}`).not.toMatch(/[\u0000-\u001F\u202E]/u);
});

test('at level 6 each try is a line of verb, path, status and time, and no secret is in it', async () => {
	answers({...status(429, '', ''), headers: {'retry-after': '0'}}, {json: {kind: 'List'}});
	await client.request({path: '/api/v1/nodes', query: {labelSelector: 'private'}});
	expect(lines).toHaveLength(2);
	expect(lines[0]).toMatch(/^6 GET \/api\/v1\/nodes 429 \d+ ms$/u);
	expect(lines[1]).toMatch(/^6 GET \/api\/v1\/nodes 200 \d+ ms$/u);
	expect(lines.join('\n')).not.toMatch(/secret-token|private/u);
});

test('401 speaks of the credentials, and of a token that has run out by its own date', async () => {
	answers(status(401, 'Unauthorized', 'Unauthorized'));
	expect((await failure(client.request({path: '/x'}))).message).toMatch(
		/does not accept the credentials of kubeconfig user "test" \(token\)/u,
	);
	const claims = Buffer.from(JSON.stringify({exp: 1_600_000_000})).toString('base64url');
	const old = await open({user: {token: `e30.${claims}.sig`}});
	expect((await failure(old.request({path: '/x'}))).message).toBe(
		'the token of kubeconfig user "test" expired on 2020-09-13T12:26:40.000Z',
	);
	await old.close();
	const nobody = await open({user: {}});
	expect((await failure(nobody.request({path: '/x'}))).message).toMatch(/requires credentials/u);
	await nobody.close();
});

test('two groups to impersonate go out as two headers', async () => {
	const other = await open({user: {token: 't', 'as-user-extra': {scope: ['a', 'b']}}}, {as: 'jane', asGroup: ['dev', 'ops'], asUid: '7'});
	await other.request({path: '/x'});
	expect(api.requests[0]?.headers.filter(([name]) => name.startsWith('impersonate'))).toEqual([
		['impersonate-user', 'jane'],
		['impersonate-uid', '7'],
		['impersonate-group', 'dev'],
		['impersonate-group', 'ops'],
		['impersonate-extra-scope', 'a'],
		['impersonate-extra-scope', 'b'],
	]);
	await other.close();
});

test('user name and password of a kubeconfig are sent', async () => {
	const basic = await open({user: {username: 'me', password: 'pä:ss'}});
	await basic.request({path: '/x'});
	expect(api.requests[0]?.headers).toContainEqual(['authorization', `Basic ${Buffer.from('me:pä:ss').toString('base64')}`]);
	await basic.close();
});

test('a right is asked for by SelfSubjectAccessReview', async () => {
	answers({status: 201, json: {kind: 'SelfSubjectAccessReview', status: {allowed: false, reason: 'no RBAC\npolicy matched'}}});
	const {signal} = new AbortController();
	const permission = {verb: 'create', resource: 'pods', subresource: 'exec', namespace: 'kube-system'};
	await expect(canI(client, permission, signal)).resolves.toEqual({allowed: false, reason: 'no RBAC policy matched'});
	expect(JSON.parse(api.requests[0]?.body ?? '')).toMatchObject({kind: 'SelfSubjectAccessReview', spec: {resourceAttributes: permission}});
	answers({status: 201, json: {kind: 'SelfSubjectAccessReview', status: {allowed: true}}});
	await expect(canI(client, permission, signal)).resolves.toEqual({allowed: true, reason: ''});
});
