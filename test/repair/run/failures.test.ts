import {describe, expect, test} from 'vitest';
import {ClusterError} from '../../../source/cluster/cluster-error.ts';
import {ActionableError} from '../../../source/errors.ts';
import {beginOrContinue, repair, rollBackRun, unfinishedRun, type Ended, type RepairSetting} from '../../../source/repair/run/repair.ts';
import {stepsToUndo} from '../../../source/repair/run/rollback.ts';
import type {RunEvent} from '../../../source/repair/run/run-environment.ts';
import {runResult} from '../../../source/repair/run/runner.ts';
import {simulatedCluster, type SimulatedCluster} from '../simulation/cluster.ts';
import {fix, planFor, rollback, settingFor} from '../simulation/run.ts';

/** A setting whose API client fails where told. */
function failing(cluster: SimulatedCluster, fails: (path: string, method: string) => Error | undefined): Partial<RepairSetting> {
	const {client, clock, tools} = cluster.connect();
	const broken: typeof client = {
		...client,
		async request<T>(request: Parameters<typeof client.request>[0]): Promise<T> {
			const error = fails(request.path, request.method ?? 'GET');
			if (error !== undefined) throw error;
			return client.request<T>(request);
		},
	};
	return {client: broken, clock, tools: {...tools, client: broken}};
}

const unanswered = new ClusterError('connection refused', 'try again', {verb: 'get', resource: 'x'}, {reason: 'ConnectionRefused'});
const asBefore = (cluster: SimulatedCluster): void => {
	expect(cluster.configMaps.get('cilium-config')?.data).toEqual(cluster.originalData);
	expect(cluster.nodes.some(({chained}) => chained)).toBe(false);
	expect(cluster.violations).toEqual([]);
};

test('cilium-config changed by someone else between preview and act: nothing is written, and the change is told', async () => {
	const cluster = simulatedCluster();
	const setting = settingFor(cluster);
	const continued = beginOrContinue(planFor(cluster), undefined, {id: 'a', by: 'x', now: 0});
	const configMap = cluster.configMaps.get('cilium-config');
	cluster.configMaps.set('cilium-config', {
		metadata: {name: 'cilium-config', resourceVersion: '9'},
		data: {...configMap?.data, debug: 'true'},
	});
	const {journal, end} = await repair(continued, setting, {autoRollback: false});
	expect(end.outcome).toBe('failed');
	expect(String(end.error)).toMatch(/changed by someone else since the preview: debug: false → true/);
	expect(runResult(journal, end).steps.find(({id}) => id === 'configmap')?.state).toBe('failed');
	expect(stepsToUndo(journal).map(({kind}) => kind)).not.toContain('patch-configmap');
	expect(cluster.configMaps.get('cilium-config')?.data?.['cni-chaining-mode']).toBeUndefined();
	expect(cluster.nodes.some(({chained}) => chained)).toBe(false);
});

test('a key that nothing here reads may hold a secret: neither the journal nor what tells of its change has the value', async () => {
	const cluster = simulatedCluster();
	const configMap = cluster.configMaps.get('cilium-config');
	const put = (version: string, value: string): void => {
		const metadata = {name: 'cilium-config', resourceVersion: version};
		cluster.configMaps.set('cilium-config', {metadata, data: {...configMap?.data, 'kvstore-opt': value}});
	};
	put('8', '{"etcd.password": "old-S3CR"}');
	const continued = beginOrContinue(planFor(cluster), undefined, {id: 'a', by: 'x', now: 0});
	put('9', '{"etcd.password": "new-S3CR"}');
	const {journal, end} = await repair(continued, settingFor(cluster), {autoRollback: false});
	expect(String(end.error)).toContain('changed by someone else since the preview: kvstore-opt');
	expect(JSON.stringify(journal) + String(end.error)).not.toContain('S3CR');
});

test('a change of labels or managers alone is no reason to stop', async () => {
	const cluster = simulatedCluster();
	const setting = settingFor(cluster);
	const continued = beginOrContinue(planFor(cluster), undefined, {id: 'a', by: 'x', now: 0});
	const configMap = cluster.configMaps.get('cilium-config');
	cluster.configMaps.set('cilium-config', {metadata: {name: 'cilium-config', resourceVersion: '9'}, data: {...configMap?.data}});
	expect((await repair(continued, setting, {autoRollback: false})).end.outcome).toBe('done');
});

test('a node that joins between plan and act stops the run before anything is chained', async () => {
	const cluster = simulatedCluster();
	const setting = settingFor(cluster);
	const continued = beginOrContinue(planFor(cluster), undefined, {id: 'a', by: 'x', now: 0});
	cluster.join('node-3');
	const {end} = await repair(continued, setting, {autoRollback: false});
	expect(String(end.error)).toMatch(/node-3 joined since the plan was made/);
	asBefore(cluster);
});

/** Does something when a step has come to its end. */
function after(id: string, act: () => void): Pick<RepairSetting, 'onEvent'> {
	return {onEvent: event => void (event.type === 'step' && event.step.id === id && event.state === 'done' && act())};
}

test('a node that joins while the agents restart is named, and the next fix puts the binary there', async () => {
	const cluster = simulatedCluster();
	const ended = await fix(cluster, {setting: after('agents', () => cluster.join('node-3'))});
	expect(ended?.end.outcome).toBe('failed');
	expect(String(ended?.end.error)).toMatch(/node-3 joined meanwhile, and no pod can start there: .*node-3 has no \/opt\/cni\/bin\/portmap/);
	expect((await fix(cluster))?.end.outcome).toBe('done');
	expect(cluster.nodes.map(({files}) => files.get('portmap'))).toEqual(['good', 'good', 'good']);
	expect(cluster.unwired()).toEqual([]);
	// Until the binary came it was so, and nobody could have prevented it.
	expect(cluster.violations.filter(each => !each.startsWith('node-3 is chained'))).toEqual([]);
});

test.each(['binary/node-2', 'configmap', 'test-pod/node-1'])(
	'a binary that is gone again after %s is missed by a run that goes on, before anything more is chained',
	async step => {
		const cluster = simulatedCluster();
		const stop = new AbortController();
		await fix(cluster, {setting: {signal: stop.signal, ...after(step, () => stop.abort(new ActionableError('interrupted', '')))}});
		const setting = settingFor(cluster);
		const unfinished = await unfinishedRun(setting.client, 'kube-system', setting.clock, setting.signal);
		const continued = beginOrContinue(planFor(cluster), unfinished, {id: 'a', by: 'x', now: 0});
		// After the look that the plan was made from: nothing in the plan puts it there again.
		expect(continued.journal.plan.steps.filter(({id}) => continued.todo.has(id)).map(({kind}) => kind)).not.toContain('put-binary');
		cluster.nodes[1]?.files.delete('portmap');
		const {end} = await repair(continued, setting, {autoRollback: false});
		expect(end.outcome).toBe('failed');
		expect(String(end.error)).toMatch(/portmap does not run on every node: node-2 has no \/opt\/cni\/bin\/portmap/);
		expect(cluster.nodes[1]?.chained).toBe(false);
		expect(cluster.violations).toEqual([]);
		expect((await fix(cluster))?.end.outcome).toBe('done');
		expect(cluster.violations).toEqual([]);
	},
);

test.each([86_400_000, -86_400_000])('a clock that is off by %i ms changes nothing: a run is done and undone', async off => {
	for (const updateStrategy of ['RollingUpdate', 'OnDelete']) {
		const cluster = simulatedCluster({updateStrategy});
		const skewed = (): Partial<RepairSetting> => {
			const {client, clock, tools} = cluster.connect();
			const own = {...clock, now: () => clock.now() + off};
			return {client, clock: own, tools: {...tools, clock: own}};
		};

		const ended = await fix(cluster, {setting: skewed()});
		expect(ended?.end.outcome).toBe('done');
		expect(cluster.unwired()).toEqual([]);
		if (ended === undefined) throw new Error('nothing was done');
		expect((await rollBackRun(ended.journal, settingFor(cluster, skewed()))).end.outcome).toBe('rolled-back');
		cluster.settle();
		asBefore(cluster);
		expect(cluster.ruledAddresses()).toEqual([]);
	}
});

test('a node that is gone does not keep a run from being undone, and one that has joined since is undone too', async () => {
	const cluster = simulatedCluster({nodes: 3});
	const ended = await fix(cluster);
	if (ended === undefined) throw new Error('nothing was done');
	cluster.leave('node-1');
	cluster.join('node-4');
	cluster.violations.length = 0;
	cluster.nodes.at(-1)?.files.set('portmap', 'good');
	const back = await rollBackRun(ended.journal, settingFor(cluster));
	expect(back.end).toEqual({outcome: 'rolled-back'});
	cluster.settle();
	asBefore(cluster);
});

test('cilium-config that is put back meanwhile makes no finished run', async () => {
	const cluster = simulatedCluster();
	const putBack = (): void => {
		const {metadata} = cluster.configMaps.get('cilium-config') ?? {metadata: {name: 'cilium-config', resourceVersion: ''}};
		cluster.configMaps.set('cilium-config', {metadata: {...metadata, resourceVersion: '99999'}, data: cluster.originalData});
	};

	const ended = await fix(cluster, {setting: after('conflist', putBack)});
	expect(ended?.end.outcome).toBe('failed');
	expect(String(ended?.end.error)).toMatch(/cilium-config does not keep the change: cni-chaining-mode is gone/);
});

test('an agent that becomes ill between the plan and its step is not tried with', async () => {
	const cluster = simulatedCluster();
	const node = cluster.nodes[0];
	if (node === undefined) throw new Error('no node');
	const plan = planFor(cluster, {strategy: 'portmap', sources: ['portmap'], canary: 'node-1'});
	node.agent = {...node.agent, readyAt: Number.POSITIVE_INFINITY};
	const {end} = await repair(beginOrContinue(plan, undefined, {id: 'a', by: 'x', now: 0}), settingFor(cluster), {autoRollback: false});
	expect(String(end.error)).toMatch(/the agent of node-1 was not ready before the repair began there/);
	expect(cluster.nodes.some(({chained}) => chained)).toBe(false);
});

test('a test pod that is given another pod’s address is created again, because connecting to it would prove nothing', async () => {
	const cluster = simulatedCluster({sharedAddresses: 2});
	const ended = await fix(cluster);
	expect(ended?.end.outcome).toBe('done');
	expect(cluster.log.filter(act => act.startsWith('create pod hostport-test-'))).toHaveLength(3);
	expect([...cluster.helperPods.keys()]).toEqual([]);
});

test('where every test pod is given another pod’s address the run stops and says so', async () => {
	const cluster = simulatedCluster({sharedAddresses: 1000});
	const ended = await fix(cluster);
	expect(ended?.end.outcome).toBe('failed');
	expect(String(ended?.end.error)).toMatch(/got the address of default\/web-\d+ 10 times/);
	expect([...cluster.helperPods.keys()]).toEqual([]);
});

test('a binary that does not run on a node stops the run before anything is chained, and leaves nothing on it', async () => {
	const cluster = simulatedCluster();
	const session = cluster.connect();
	const bad = new TextEncoder().encode('bad');
	const tools = {
		...session.tools,
		portmapFor: async () =>
			Promise.resolve({content: bad, sha256: 'x', architecture: 'amd64', version: '', isDynamic: false, cniVersion: '', origin: 'a file'}),
	};
	const ended = await fix(cluster, {setting: {...session, tools}});
	expect(ended?.end.outcome).toBe('failed');
	expect(String(ended?.end.error)).toMatch(/it does not run there/);
	expect(cluster.nodes.flatMap(({files}) => [...files.keys()]).filter(name => name.includes('portmap'))).toEqual([]);
	asBefore(cluster);
});

test('a step that fails is undone at once where that was asked for', async () => {
	const cluster = simulatedCluster();
	const setting = failing(cluster, (path, method) =>
		path.endsWith('/daemonsets/cilium') && method === 'PATCH' ? new ActionableError('forbidden', 'ask') : undefined,
	);
	const ended = await fix(cluster, {setting, autoRollback: true});
	cluster.settle();
	expect(ended?.end.outcome).toBe('rolled-back');
	expect(String(ended?.end.error)).toMatch(/forbidden/);
	asBefore(cluster);
});

test('an API server that is away for a while is waited for', async () => {
	const cluster = simulatedCluster();
	let count = 0;
	const setting = failing(cluster, path => ((count += 1) % 3 === 0 && !path.endsWith('hostport-lock') ? unanswered : undefined));
	expect((await fix(cluster, {setting}))?.end).toMatchObject({outcome: 'done'});
	expect(cluster.unwired()).toEqual([]);
	expect(cluster.violations).toEqual([]);
});

test.each([
	['the journal is begun', 1],
	['cilium-config is put back', 2],
	['all agents are restarted', 3],
])('an API server that goes away for good once %s ends the rollback: no further step is begun and waits as long', async (_, moment) => {
	const cluster = simulatedCluster();
	await fix(cluster);
	const moments = [/hostport-run/u, /cilium-config/u, /daemonsets\/cilium$/u].slice(0, moment);
	let isAway = false;
	const setting = failing(cluster, (path, method) => {
		if (method === 'PATCH' && moments.at(-1)?.test(path)) {
			if (isAway) return unanswered;
			isAway = true;
			return undefined;
		}

		return isAway ? unanswered : undefined;
	});
	const begun = new Set<string>();
	const onEvent = (event: RunEvent): void => {
		if (isAway && event.type === 'step' && event.state === 'undoing') begun.add(event.step.id);
	};
	expect((await rollback(cluster, {...setting, onEvent}))?.end.outcome).toBe('rollback-failed');
	expect(isAway).toBe(true);
	expect(begun.size).toBeLessThan(2);
	// It is found as unfinished, and the next one brings it to its end.
	cluster.settle();
	expect((await rollback(cluster))?.end).toMatchObject({outcome: 'rolled-back'});
	asBefore(cluster);
});

test('without a journal nothing is done', async () => {
	const cluster = simulatedCluster();
	const setting = failing(cluster, (path, method) =>
		method !== 'GET' && (path.includes('hostport-run') || path.endsWith('/configmaps'))
			? new ActionableError('quota', 'free some')
			: undefined,
	);
	await expect(fix(cluster, {setting})).rejects.toThrow(/quota/);
	expect(cluster.nodes.every(({files}) => !files.has('portmap'))).toBe(true);
	asBefore(cluster);
});

test('a local journal that cannot be written is told once and stops nothing', async () => {
	const cluster = simulatedCluster();
	const told: string[] = [];
	const refuse = async (): Promise<void> => Promise.reject(new Error('read-only file system'));
	const onEvent = (event: RunEvent): void => void (event.type === 'progress' && event.id === '' && told.push(event.text));
	expect((await fix(cluster, {setting: {local: {begin: refuse, update: refuse}, onEvent}}))?.end.outcome).toBe('done');
	expect(told.filter(text => text.includes('read-only file system'))).toHaveLength(1);
});

/** A repair that is interrupted after so many steps are done. */
async function interrupted(cluster: SimulatedCluster, steps: number): Promise<Ended | undefined> {
	const controller = new AbortController();
	let done = 0;
	const onEvent = (event: RunEvent): void => {
		if (event.type === 'step' && event.state === 'done' && (done += 1) === steps) controller.abort(new ActionableError('interrupted', ''));
	};
	return fix(cluster, {setting: {signal: controller.signal, onEvent}});
}

test.each([1, 2, 3, 4, 5, 6])('interrupted after %i steps, a run stops between two acts and fix goes on', async steps => {
	const cluster = simulatedCluster();
	expect((await interrupted(cluster, steps))?.end.outcome).toBe('interrupted');
	expect((await fix(cluster))?.end.outcome).toBe('done');
	expect(cluster.unwired()).toEqual([]);
	expect(cluster.violations).toEqual([]);
});

test.each([1, 2, 3, 4, 5, 6])('interrupted after %i steps, a run is undone by rollback', async steps => {
	const cluster = simulatedCluster();
	expect((await interrupted(cluster, steps))?.end.outcome).toBe('interrupted');
	expect((await rollback(cluster))?.end.outcome).toBe('rolled-back');
	cluster.settle();
	asBefore(cluster);
});

test('a rollback that is interrupted leaves no step that seems to go on, and the next one ends', async () => {
	const cluster = simulatedCluster();
	const ended = await fix(cluster);
	const stop = new AbortController();
	const events: RunEvent[] = [];
	const onEvent = (event: RunEvent): void => {
		events.push(event);
		if (event.type === 'step' && event.step.id === 'agents' && event.state === 'undoing')
			stop.abort(new ActionableError('interrupted', ''));
	};
	const back = await rollBackRun(ended!.journal, settingFor(cluster, {signal: stop.signal, onEvent}));
	expect([back.end.outcome, back.journal.outcome, back.journal.entries['agents']?.state]).toEqual([
		'interrupted',
		'interrupted',
		'undoing',
	]);
	expect(events.findLast(event => event.type === 'step' && event.step.id === 'agents')).toMatchObject({
		state: 'undo-failed',
		says: 'interrupted',
		isCutOff: true,
	});
	expect((await rollback(cluster))?.end.outcome).toBe('rolled-back');
	asBefore(cluster);
});

test('the second of two at the same time is told who is at work, and changes nothing', async () => {
	const cluster = simulatedCluster();
	const first = settingFor(cluster, {by: 'ann@north (process 1)'});
	const second = {...first, by: 'ben@south (process 2)'};
	const plan = planFor(cluster);
	const begin = (id: string) => beginOrContinue(plan, undefined, {id, by: 'x', now: 0});
	const running = repair(begin('a'), first, {autoRollback: false});
	await expect(repair(begin('b'), second, {autoRollback: false})).rejects.toThrow(
		/another repair is running: ann@north \(process 1\) with run a/,
	);
	expect((await running).end.outcome).toBe('done');
	expect(cluster.configMaps.has('hostport-run-b')).toBe(false);
});

test('who is at work is told before a plan is made, and one who died is not taken for living', async () => {
	const cluster = simulatedCluster();
	const first = settingFor(cluster, {by: 'ann@north (process 1)'});
	let asked: Promise<unknown> = Promise.resolve('nobody has asked');
	const ask = async (): Promise<unknown> => unfinishedRun(first.client, 'kube-system', first.clock, first.signal).catch(String);
	const begun = beginOrContinue(planFor(cluster), undefined, {id: '20240207-020000-aaaa', by: 'x', now: 0});
	const askThen = after('binary/node-1', () => {
		asked = ask();
	});
	await repair(begun, {...first, ...askThen}, {autoRollback: false});
	expect(await asked).toMatch(/another repair is running: ann@north \(process 1\) with run 20240207-020000-aaaa/);

	const dead = simulatedCluster();
	const death = dead.killAt(12);
	await Promise.race([death, fix(dead).catch(() => undefined)]);
	dead.survived();
	dead.settle();
	const {client, clock} = dead.connect();
	await expect(unfinishedRun(client, 'kube-system', clock, first.signal)).resolves.toMatchObject({outcome: 'running'});
});

test('who looked while a run came to its end is told that what was seen is old', async () => {
	const cluster = simulatedCluster();
	const death = cluster.killAt(12);
	await Promise.race([death, fix(cluster).catch(() => undefined)]);
	cluster.survived();
	cluster.settle();
	const session = cluster.connect();
	const {client, clock} = session;
	let end: Promise<unknown> | undefined;
	const whileItEnds: typeof client = {
		...client,
		async request<T>(request: Parameters<typeof client.request>[0]): Promise<T> {
			await (end ??= fix(cluster, {setting: session}));
			return client.request<T>(request);
		},
	};
	await expect(unfinishedRun(whileItEnds, 'kube-system', clock, new AbortController().signal)).rejects.toThrow(
		/was resumed elsewhere in the meantime/,
	);
	await expect(end).resolves.toMatchObject({end: {outcome: 'done'}});
});

test('keys that somebody else changed after the run are left by its rollback, which says so and may be repeated', async () => {
	const cluster = simulatedCluster();
	const ended = await fix(cluster);
	if (ended === undefined) throw new Error('nothing was done');
	const configMap = cluster.configMaps.get('cilium-config');
	cluster.configMaps.set('cilium-config', {
		metadata: {name: 'cilium-config', resourceVersion: '99999'},
		data: {...configMap?.data, 'cni-chaining-mode': 'aws-cni'},
	});
	const back = await rollBackRun(ended.journal, settingFor(cluster));
	expect(back.end.outcome).toBe('rollback-failed');
	expect(String(back.end.error)).toMatch(/cni-chaining-mode .* was changed by someone else since/);
	expect(cluster.configMaps.get('cilium-config')?.data?.['cni-chaining-mode']).toBe('aws-cni');
	const states = runResult(back.journal, back.end)
		.steps.filter(({state}) => state === 'failed')
		.map(({id}) => id);
	expect(states).toContain('configmap');
	expect(states).toContain('agents');
	expect(cluster.violations).toEqual([]);
});

test('two runs of which the second found an unfinished one of another way are not mixed', async () => {
	const cluster = simulatedCluster({version: '1.17.4'});
	const death = cluster.killAt(12);
	await Promise.race([death, fix(cluster).catch(() => undefined)]);
	cluster.survived();
	cluster.settle();
	await expect(fix(cluster, {choice: {strategy: 'native'}})).rejects.toThrow(/\(portmap\) is unfinished/);
});

describe('a disruption budget that never spares a pod', () => {
	const cause = 'The disruption budget web needs 1 healthy pods and has 1 currently';
	const subject = {verb: 'create', resource: 'pods/eviction'};
	const refusal = new ClusterError('too many requests', 'wait', subject, {status: 429, reason: 'TooManyRequests', causes: [cause]});
	/** When each pod was refused: first and last. */
	const asked = new Map<string, [number, number]>();
	/** Evictions from the given one on are refused. */
	const refusing = (cluster: SimulatedCluster, from: number, error = refusal): Partial<RepairSetting> => {
		let seen = 0;
		asked.clear();
		return failing(cluster, path => {
			if (!path.endsWith('/eviction') || (seen += 1) < from) return undefined;
			asked.set(path, [asked.get(path)?.[0] ?? cluster.now(), cluster.now()]);
			return error;
		});
	};
	/** Of all pods together. */
	const secondsRefused = (): number => [...asked.values()].reduce((sum, [first, last]) => sum + (last - first) / 1000, 0);
	const told: string[] = [];
	const onEvent = (event: RunEvent): void => {
		if (event.type === 'progress' && event.id === '') told.push(event.text);
	};

	test.each([1, 2])('from pod %i on is waited for once, in a repair and its rollback together, and named', async from => {
		const cluster = simulatedCluster();
		told.length = 0;
		const ended = await fix(cluster, {setting: {...refusing(cluster, from), onEvent}, autoRollback: true});
		expect(String(ended?.end.error)).toMatch(/was refused: no progress for 600 s \(.*The disruption budget web needs/u);
		expect(secondsRefused()).toBeLessThan(600 + 20);
		expect(told.join('\n')).toMatch(/default\/web-\d+ is not evicted yet: The disruption budget web needs .*; waiting for up to 600 s/u);
		// What it keeps from being restarted stays wired, which is said; the rest is as before.
		expect(ended?.end.outcome).toBe(from === 1 ? 'rolled-back' : 'rollback-failed');
		asBefore(cluster);
	});

	test('is waited for by a rollback, which says what is left; a later one brings that back', async () => {
		const cluster = simulatedCluster();
		await fix(cluster);
		told.length = 0;
		const undone = await rollback(cluster, {...refusing(cluster, 1), onEvent});
		expect(undone?.end.outcome).toBe('rollback-failed');
		expect(secondsRefused()).toBeLessThan(600 + 20);
		expect(told.join('\n')).toContain(cause);
		asBefore(cluster);
		expect((await rollback(cluster))?.end.outcome).toBe('rolled-back');
		cluster.settle();
		expect(cluster.nodes.flatMap(({rules}) => [...rules])).toEqual([]);
	});

	test('of two that select the same pod nothing is waited for', async () => {
		const cluster = simulatedCluster();
		const words = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
		const two = new ClusterError(words, 'wait', subject, {status: 500, reason: 'InternalServerError'});
		const ended = await fix(cluster, {setting: refusing(cluster, 1, two)});
		expect(String(ended?.end.error)).toContain('cannot be evicted: more than one disruption budget selects it');
		expect(secondsRefused()).toBe(0);
	});
});
