import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {openDemo, type Demo, type Body} from './demo-client.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';
const merge = 'application/merge-patch+json';

let demo: Demo;
beforeAll(async () => {
	demo = await openDemo({scene: 'nks', nodes: 7});
});
afterAll(async () => demo.stop());

const names = (body: Body): string[] => body.items.map(item => item.metadata.name);
async function makeConfigMap(name: string, data: Record<string, string> = {}): Promise<Body> {
	const {status, body} = await demo.send('POST', configMaps, {metadata: {name}, data});
	expect(status).toBe(201);
	return body;
}

describe('who is let in', () => {
	test('a request without the token is told 401 with a Status body', async () => {
		const {status, body} = await demo.send('GET', '/api/v1/nodes', undefined, undefined, {authorization: 'Bearer wrong'});
		expect(status).toBe(401);
		expect(body).toMatchObject({kind: 'Status', status: 'Failure', reason: 'Unauthorized', code: 401});
	});

	test('the self review says that everything is allowed and gives the question back', async () => {
		const spec = {resourceAttributes: {verb: 'list', resource: 'nodes'}};
		const {status, body} = await demo.send('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {spec});
		expect(status).toBe(201);
		expect(body).toMatchObject({kind: 'SelfSubjectAccessReview', spec, status: {allowed: true}});
	});
});

describe('what is served', () => {
	test('version, readiness and discovery answer', async () => {
		expect((await demo.get('/version')).body).toMatchObject({major: '1', minor: '26', gitVersion: 'v1.26.9'});
		expect((await demo.get('/readyz')).text).toBe('ok');
		expect((await demo.get('/api')).body.versions).toEqual(['v1']);
		const groups = (await demo.get('/apis')).body.groups;
		expect(groups.map(group => group.name)).toContain('apps');
		const resources = (await demo.get('/api/v1')).body.resources;
		expect(resources.map(resource => resource.name)).toEqual(expect.arrayContaining(['pods', 'pods/exec', 'nodes']));
	});

	test('a group that is not there is 404 in plain text, a resource that is not in its group 404 as a Status', async () => {
		const group = await demo.get('/apis/cilium.io/v2alpha1/ciliumnodeconfigs');
		expect([group.status, group.contentType, group.text]).toEqual([404, 'text/plain; charset=utf-8', '404 page not found\n']);
		const resource = await demo.get('/apis/cilium.io/v2/ciliumnodeconfigs');
		expect([resource.status, resource.body.reason]).toEqual([404, 'NotFound']);
		expect((await demo.get('/apis/cilium.io/v2/ciliumnetworkpolicies')).body.items).toEqual([]);
	});

	test('an object that is not there is 404 and named', async () => {
		const {status, body} = await demo.get('/apis/apps/v1/namespaces/default/daemonsets/none');
		expect(status).toBe(404);
		expect(body).toMatchObject({message: 'daemonsets.apps "none" not found', details: {name: 'none', group: 'apps', kind: 'daemonsets'}});
	});
});

describe('lists', () => {
	test('pages join to the whole, in order, and count what is left', async () => {
		const whole = names((await demo.get('/api/v1/nodes')).body);
		expect(whole).toHaveLength(7);
		const seen: string[] = [];
		const left: unknown[] = [];
		let token = '';
		do {
			const {body} = await demo.get(`/api/v1/nodes?limit=3&continue=${token}`);
			seen.push(...names(body));
			left.push(body.metadata.remainingItemCount);
			token = body.metadata.continue ?? '';
		} while (token !== '');
		expect(seen).toEqual(whole);
		expect(left).toEqual([4, 1, undefined]);
	});

	test('with a selector the rest is not counted', async () => {
		const {body} = await demo.get('/api/v1/pods?labelSelector=k8s-app%3Dcilium&limit=2');
		expect(body.metadata.continue).toBeTruthy();
		expect(body.metadata.remainingItemCount).toBeUndefined();
	});

	test('items of built-in kinds carry neither kind nor apiVersion, as on a real server', async () => {
		const {body} = await demo.get('/api/v1/nodes');
		expect(body).toMatchObject({kind: 'NodeList', apiVersion: 'v1'});
		expect(body.items[0]).not.toHaveProperty('kind');
		expect((await demo.get(`/api/v1/nodes/${body.items[0]?.metadata.name}`)).body).toMatchObject({kind: 'Node', apiVersion: 'v1'});
	});

	test('a token that is too old is 410, one that is none is 400', async () => {
		const old = Buffer.from(JSON.stringify({v: 'meta.k8s.io/v1', rv: 1, start: 'a'})).toString('base64url');
		expect((await demo.get(`/api/v1/nodes?limit=3&continue=${old}`)).body).toMatchObject({code: 410, reason: 'Expired'});
		expect((await demo.get('/api/v1/nodes?limit=3&continue=nonsense')).status).toBe(400);
	});

	test('field and label selectors choose', async () => {
		const node = names((await demo.get('/api/v1/nodes')).body)[2] ?? '';
		const onNode = await demo.get(`/api/v1/pods?fieldSelector=${encodeURIComponent(`spec.nodeName=${node},status.phase=Running`)}`);
		expect(new Set(onNode.body.items.map(pod => pod.spec.nodeName))).toEqual(new Set([node]));
		const chosen = await demo.get(`/api/v1/pods?labelSelector=${encodeURIComponent('k8s-app in (cilium,kube-dns),k8s-app!=kube-dns')}`);
		expect(names(chosen.body)).toHaveLength(7);
		expect((await demo.get('/api/v1/pods?fieldSelector=spec.color%3Dred')).body.message).toBe('field label not supported: spec.color');
	});
});

describe('writes', () => {
	test('what is made has a uid, a version and a creation time; the same name again is 409', async () => {
		const made = await makeConfigMap('made', {a: '1'});
		expect(made.metadata.uid).toMatch(/^[\da-f-]{36}$/u);
		expect(made.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/u);
		const again = await demo.send('POST', configMaps, {metadata: {name: 'made'}});
		expect(again.body).toMatchObject({code: 409, reason: 'AlreadyExists', message: 'configmaps "made" already exists'});
	});

	test('generateName gives different names', async () => {
		const [one, two] = await Promise.all([1, 2].map(() => demo.send('POST', configMaps, {metadata: {generateName: 'run-'}})));
		expect(one?.body.metadata.name).toMatch(/^run-[a-z\d]{5}$/u);
		expect(one?.body.metadata.name).not.toBe(two?.body.metadata.name);
	});

	test('wrong names, missing containers, values that are no text and too large ConfigMaps are refused as a server would', async () => {
		expect((await demo.send('POST', configMaps, {metadata: {name: 'Not_Allowed'}})).status).toBe(422);
		expect((await demo.send('POST', configMaps, {metadata: {name: 'number'}, data: {a: 1}})).status).toBe(400);
		expect((await demo.send('POST', configMaps, {metadata: {name: 'large'}, data: {a: 'x'.repeat(1_048_577)}})).status).toBe(422);
		expect((await demo.send('POST', configMaps, '{"metadata":')).status).toBe(400);
		expect((await demo.send('POST', '/api/v1/namespaces/default/pods', {metadata: {name: 'empty'}, spec: {}})).body.reason).toBe('Invalid');
		expect((await demo.send('POST', '/api/v1/namespaces/none/configmaps', {metadata: {name: 'a'}})).body.message).toBe(
			'namespaces "none" not found',
		);
		expect((await demo.send('POST', configMaps, 'x'.repeat(4 * 1024 * 1024))).status).toBe(413);
	});

	test('a dry run answers as the write would and stores nothing', async () => {
		const dry = await demo.send('POST', `${configMaps}?dryRun=All`, {metadata: {name: 'dry'}, data: {a: '1'}});
		expect([dry.status, dry.body.data]).toEqual([201, {a: '1'}]);
		expect((await demo.get(`${configMaps}/dry`)).status).toBe(404);
		await makeConfigMap('dry-patched', {a: '1'});
		const patched = await demo.send('PATCH', `${configMaps}/dry-patched?dryRun=All`, {data: {a: '2'}}, merge);
		expect(patched.body.data).toEqual({a: '2'});
		expect((await demo.get(`${configMaps}/dry-patched`)).body.data).toEqual({a: '1'});
		expect((await demo.send('DELETE', `${configMaps}/dry-patched?dryRun=All`)).status).toBe(200);
		expect((await demo.get(`${configMaps}/dry-patched`)).status).toBe(200);
		expect((await demo.send('DELETE', `${configMaps}/dry-patched?dryRun=Some`)).status).toBe(400);
	});

	test('a write with an old resourceVersion is 409, by patch and by update', async () => {
		const {metadata} = await makeConfigMap('versioned', {a: '1'});
		const changed = await demo.send(
			'PATCH',
			`${configMaps}/versioned`,
			{metadata: {resourceVersion: metadata.resourceVersion}, data: {a: '2'}},
			merge,
		);
		expect(changed.status).toBe(200);
		const stale = {metadata: {name: 'versioned', resourceVersion: metadata.resourceVersion}, data: {a: '3'}};
		for (const [method, type] of [
			['PATCH', merge],
			['PUT', 'application/json'],
		] as const) {
			const {status, body} = await demo.send(method, `${configMaps}/versioned`, stale, type);
			expect([method, status, body.reason]).toEqual([method, 409, 'Conflict']);
		}
		expect((await demo.get(`${configMaps}/versioned`)).body.data).toEqual({a: '2'});
	});

	test('a deletion keeps to its preconditions', async () => {
		const {metadata} = await makeConfigMap('guarded');
		const path = `${configMaps}/guarded`;
		expect((await demo.send('DELETE', path, {preconditions: {uid: 'another'}})).body.reason).toBe('Conflict');
		expect((await demo.send('DELETE', path, {preconditions: {resourceVersion: '1'}})).status).toBe(409);
		expect((await demo.send('DELETE', path, {preconditions: {uid: metadata.uid}})).body.status).toBe('Success');
		expect((await demo.get(path)).status).toBe(404);
	});

	test('a collection is deleted by label and nothing else with it', async () => {
		for (const name of ['left-1', 'left-2']) await demo.send('POST', configMaps, {metadata: {name, labels: {run: 'one'}}});
		await demo.send('POST', configMaps, {metadata: {name: 'left-3', labels: {run: 'two'}}});
		expect((await demo.send('DELETE', `${configMaps}?labelSelector=run%3Done`)).status).toBe(200);
		expect(names((await demo.get(`${configMaps}?labelSelector=run`)).body)).toEqual(['left-3']);
	});
});

describe('patches', () => {
	test('each form changes what it says', async () => {
		await makeConfigMap('patched', {a: '1', b: '2'});
		const path = `${configMaps}/patched`;
		expect((await demo.send('PATCH', path, {data: {a: null, c: '3'}}, merge)).body.data).toEqual({b: '2', c: '3'});
		const strategic = await demo.send('PATCH', path, {metadata: {annotations: {why: 'test'}}}, 'application/strategic-merge-patch+json');
		expect(strategic.body.metadata.annotations).toEqual({why: 'test'});
		const operations = [
			{op: 'test', path: '/data/b', value: '2'},
			{op: 'replace', path: '/data/b', value: '4'},
		];
		expect((await demo.send('PATCH', path, operations, 'application/json-patch+json')).body.data).toEqual({b: '4', c: '3'});
		expect((await demo.send('PATCH', path, operations, 'application/json-patch+json')).status).toBe(422);
		expect((await demo.send('PATCH', path, {}, 'application/json')).status).toBe(415);
	});

	test('an apply patch makes, changes only its own keys, and is refused where another manager owns one', async () => {
		const apply = (data: Record<string, string>, query: string) =>
			demo.send(
				'PATCH',
				`${configMaps}/applied?${query}`,
				`apiVersion: v1\nkind: ConfigMap\nmetadata: {name: applied}\ndata: ${JSON.stringify(data)}\n`,
				'application/apply-patch+yaml',
			);
		expect((await apply({a: '1'}, '')).status).toBe(400);
		expect((await apply({a: '1', b: '1'}, 'fieldManager=one')).status).toBe(201);
		await demo.send('PATCH', `${configMaps}/applied?fieldManager=kubectl-edit`, {data: {c: '1'}}, merge);
		const refused = await apply({c: '2'}, 'fieldManager=one');
		expect(refused.body).toMatchObject({code: 409, reason: 'Conflict'});
		expect(refused.body.message).toContain('conflict with "kubectl-edit": .data.c');
		expect((await apply({c: '2'}, 'fieldManager=one&force=true')).body.data).toMatchObject({c: '2'});
	});

	test('managedFields tell who owns a key now and when it was written', async () => {
		await demo.send(
			'PATCH',
			'/api/v1/namespaces/kube-system/configmaps/cilium-config?fieldManager=kubectl-hostport',
			{data: {'cni-chaining-mode': 'portmap', tunnel: 'geneve'}},
			merge,
		);
		const {body} = await demo.get('/api/v1/namespaces/kube-system/configmaps/cilium-config');
		const managers = new Map(
			(body.metadata.managedFields ?? []).map(({manager, fieldsV1}) => [manager, fieldsV1['f:data'] as Record<string, unknown>]),
		);
		expect(Object.keys(managers.get('kubectl-hostport') ?? {}).sort()).toEqual(['f:cni-chaining-mode', 'f:tunnel']);
		expect(managers.get('helm')).toHaveProperty('f:kube-proxy-replacement');
		expect(managers.get('helm')).not.toHaveProperty('f:tunnel');
	});
});

describe('watches', () => {
	test('changes after a version arrive in order, and only those that the selector chooses', async () => {
		const {body} = await demo.get(configMaps);
		const since = body.metadata.resourceVersion;
		const lines = await demo.watch(
			`${configMaps}?watch=true&resourceVersion=${since}&fieldSelector=metadata.name%3Dwatched`,
			3,
			async () => {
				await makeConfigMap('unwatched');
				await makeConfigMap('watched', {a: '1'});
				await demo.send('PATCH', `${configMaps}/watched`, {data: {a: '2'}}, merge);
				await demo.send('DELETE', `${configMaps}/watched`);
			},
		);
		expect(lines.map(line => [line.type, line.object.metadata.name])).toEqual([
			['ADDED', 'watched'],
			['MODIFIED', 'watched'],
			['DELETED', 'watched'],
		]);
		const versions = lines.map(line => Number(line.object.metadata.resourceVersion));
		expect(versions).toEqual(versions.toSorted((a, b) => a - b));
	});

	test('an object that leaves the selection is deleted for its watcher', async () => {
		await demo.send('POST', configMaps, {metadata: {name: 'moving', labels: {side: 'left'}}});
		const lines = await demo.watch(`${configMaps}?watch=1&labelSelector=side%3Dleft`, 2, () =>
			demo.send('PATCH', `${configMaps}/moving`, {metadata: {labels: {side: 'right'}}}, merge),
		);
		expect(lines.map(line => line.type)).toEqual(['ADDED', 'DELETED']);
	});

	test('a version from before the memory of the server is an ERROR of 410', async () => {
		const [line] = await demo.watch(`${configMaps}?watch=true&resourceVersion=7`, 1);
		expect(line).toMatchObject({type: 'ERROR', object: {kind: 'Status', code: 410, reason: 'Expired'}});
	});
});
