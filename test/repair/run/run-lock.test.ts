import {expect, test} from 'vitest';
import {ClusterError} from '../../../source/cluster/cluster-error.ts';
import {lockName} from '../../../source/repair/run/lock-map.ts';
import {assertNobodyAtWork, takeLock, type RunLock} from '../../../source/repair/run/run-lock.ts';
import {simulatedCluster, type SimulatedCluster} from '../simulation/cluster.ts';

type Connection = ReturnType<SimulatedCluster['connect']>;
type Fault = (call: {readonly method: string; readonly count: number}) => 'before' | 'after' | undefined;

/** A connection on which requests of the lock are refused before they are carried out, or whose answers are lost after that. */
function faulty({client, ...rest}: Connection, fault: Fault): Connection {
	let count = 0;
	const request: typeof client.request = async own => {
		const method = own.method ?? 'GET';
		const when = fault({method, count: (count += 1)});
		const lost = new ClusterError(
			'no answer',
			'try again',
			{verb: 'create', resource: 'configmaps'},
			when === 'before' ? {status: 503, reason: 'ServiceUnavailable'} : {reason: 'ConnectionLost'},
		);
		if (when === 'before') throw lost;
		const answer = await client.request<never>(own);
		if (when === 'after') throw lost;
		return answer;
	};
	return {...rest, client: {...client, request}};
}

async function take({client, clock}: Connection, holder = 'ann@north (process 1)'): Promise<RunLock> {
	return takeLock(client, 'kube-system', {holder, run: '20240207-020000-abcd'}, clock, new AbortController().signal, () => undefined);
}

const holderOf = (cluster: SimulatedCluster): string | undefined => cluster.configMaps.get(lockName)?.data?.['holder'];

test('a lock is there while it is held, and gone afterwards', async () => {
	const cluster = simulatedCluster();
	const lock = await take(cluster.connect());
	expect(holderOf(cluster)).toBe('ann@north (process 1)');
	await lock.assertHeld();
	await lock.release();
	expect(cluster.configMaps.has(lockName)).toBe(false);
});

test('a lock that is held is renewed long before it runs out', async () => {
	const cluster = simulatedCluster();
	const connection = cluster.connect();
	const lock = await take(connection);
	const versionNow = () => cluster.configMaps.get(lockName)?.metadata['resourceVersion'];
	const taken = versionNow();
	for (let second = 0; second < 8; second += 1) await connection.clock.sleep(1000, new AbortController().signal);
	const renewed = versionNow();
	await lock.release();
	expect(renewed).not.toBe(taken);
});

test.each(['before', 'after'] as const)(
	'one refused or lost answer to the lock (%s it was made) is repeated, and the own lock is known again',
	async when => {
		const cluster = simulatedCluster();
		let posts = 0;
		const lock = await take(faulty(cluster.connect(), ({method}) => (method === 'POST' && (posts += 1) === 1 ? when : undefined)));
		expect(holderOf(cluster)).toBe('ann@north (process 1)');
		await lock.release();
		expect(cluster.configMaps.has(lockName)).toBe(false);
	},
);

test.each([
	['giving it back', 'DELETE', 'before'],
	['giving it back', 'DELETE', 'after'],
	['its last renewal', 'PATCH', 'after'],
] as const)('one refused or lost answer to %s (%s, %s it was done) leaves no lock', async (_, wanted, when) => {
	const cluster = simulatedCluster();
	let calls = 0;
	const met = Promise.withResolvers<void>();
	const fault: Fault = ({method}) => {
		if (method !== wanted || (calls += 1) > 1) return undefined;
		met.resolve();
		return when;
	};
	const lock = await take(faulty(cluster.connect(), fault));
	if (wanted === 'PATCH') await met.promise;
	await lock.release();
	await met.promise;
	expect(cluster.configMaps.has(lockName)).toBe(false);
});

test('whoever is alive keeps the lock, and is named', async () => {
	const cluster = simulatedCluster();
	const connection = cluster.connect();
	const lock = await take(connection);
	await expect(take(connection, 'bob@south (process 2)')).rejects.toThrow(/another repair is running: ann@north/u);
	await lock.release();
});

test.each(['2024-02-07T01:00:00.000Z', '2099-12-31T00:00:00.000Z', 'garbage'])(
	'the lock of somebody who does not renew it is taken over, whatever time (%s) it says',
	async renewedAt => {
		const cluster = simulatedCluster();
		const data = {holder: 'gone@away (process 3)', run: 'x', renewedAt};
		cluster.configMaps.set(lockName, {metadata: {name: lockName, resourceVersion: '1'}, data});
		const lock = await take(cluster.connect());
		expect(holderOf(cluster)).toBe('ann@north (process 1)');
		await lock.release();
	},
);

test('a lock that somebody took over is lost, and left to them', async () => {
	const cluster = simulatedCluster();
	const lock = await take(cluster.connect());
	const data = {holder: 'bob@south (process 2)', run: 'y', renewedAt: ''};
	cluster.configMaps.set(lockName, {metadata: {name: lockName, resourceVersion: 'theirs'}, data});
	for (let second = 0; second < 20 && !lock.lost.aborted; second += 1)
		await lock.assertHeld().then(
			() => cluster.settle(),
			() => undefined,
		);
	await expect(lock.assertHeld()).rejects.toThrow(/taken over by bob@south/u);
	await lock.release();
	expect(holderOf(cluster)).toBe('bob@south (process 2)');
});

type Call = {readonly method: string; readonly body?: unknown; readonly hasEnd: boolean};
type Told = {readonly calls: readonly Call[]; readonly said: readonly string[]; readonly lock: RunLock; readonly connection: Connection};

const refused = (status: number): ClusterError =>
	new ClusterError('no', 'ask', {verb: 'get', resource: 'configmaps'}, {status, reason: status === 409 ? 'Conflict' : 'Forbidden'});

/** A lock that is taken with every request told, and some of them refused. */
async function takeTold(cluster: SimulatedCluster, refuse: (method: string) => ClusterError | undefined = () => undefined): Promise<Told> {
	const calls: Call[] = [];
	const said: string[] = [];
	const {client, ...rest} = cluster.connect();
	const request: typeof client.request = async own => {
		const {method = 'GET', body, signal, timeoutMilliseconds} = own;
		calls.push({method, body, hasEnd: signal !== undefined || timeoutMilliseconds !== undefined});
		const error = refuse(method);
		if (error !== undefined) throw error;
		return client.request<never>(own);
	};
	const connection = {...rest, client: {...client, request}};
	const own = {holder: 'ann@north (process 1)', run: '20240207-020000-abcd'};
	const lock = await takeLock(
		connection.client,
		'kube-system',
		own,
		rest.clock,
		new AbortController().signal,
		text => void said.push(text),
	);
	return {calls, said, lock, connection};
}

async function wait({clock}: Pick<Connection, 'clock'>, seconds: number): Promise<void> {
	for (let second = 0; second < seconds; second += 1) await clock.sleep(1000, new AbortController().signal);
}

const foreign = (data: Record<string, string>, resourceVersion = 'theirs') => ({metadata: {name: lockName, resourceVersion}, data});

test('a lock carries our label, is made only where there is none, and goes only as it was left; no request is without an end', async () => {
	const cluster = simulatedCluster();
	const {calls, said, lock} = await takeTold(cluster);
	const made = calls.find(({method}) => method === 'POST')?.body as {metadata: object};
	expect(made.metadata).toEqual({name: lockName, namespace: 'kube-system', labels: {'app.kubernetes.io/managed-by': 'kubectl-hostport'}});
	const version = cluster.configMaps.get(lockName)?.metadata['resourceVersion'];
	await lock.release();
	expect(calls.at(-1)).toMatchObject({method: 'DELETE', body: {kind: 'DeleteOptions', preconditions: {resourceVersion: version}}});
	expect(calls.every(({hasEnd}) => hasEnd)).toBe(true);
	expect(said).toEqual([]);
});

test('who is interrupted while the lock is being made leaves none behind', async () => {
	const cluster = simulatedCluster();
	const {client, clock} = cluster.connect();
	const stopping = new AbortController();
	const request: typeof client.request = async own => {
		const answer = await client.request<never>(own);
		// The server has it; whoever cuts the request off does not hear of that.
		if (own.method === 'POST') stopping.abort(new Error('interrupted'));
		own.signal?.throwIfAborted();
		return answer;
	};
	const own = {holder: 'ann@north (process 1)', run: '20240207-020000-abcd'};
	await expect(takeLock({...client, request}, 'kube-system', own, clock, stopping.signal, () => undefined)).rejects.toThrow('interrupted');
	expect(cluster.configMaps.has(lockName)).toBe(false);
});

test('a lock that nobody holds is taken at once, by the version that was seen', async () => {
	const cluster = simulatedCluster();
	cluster.configMaps.set(lockName, foreign({holder: '', run: ''}));
	const before = cluster.now();
	const {calls, said, lock} = await takeTold(cluster);
	expect(cluster.now() - before).toBeLessThan(1000);
	expect(calls.find(({method}) => method === 'PUT')?.body).toMatchObject({metadata: {resourceVersion: 'theirs'}});
	expect(said).toEqual([]);
	await lock.release();
});

test('who waits for a dead holder is told for whom and for how long, and that the lock is taken over', async () => {
	const cluster = simulatedCluster();
	cluster.configMaps.set(lockName, foreign({holder: 'gone@away (process 3)', run: 'x'}));
	const before = cluster.now();
	const {said, lock} = await takeTold(cluster);
	expect(cluster.now() - before).toBeGreaterThanOrEqual(15_000);
	expect(said).toEqual([
		'gone@away (process 3) with run x holds the lock; waiting up to 15 s to see whether it is alive',
		'gone@away (process 3) with run x looks dead; taking over its lock',
	]);
	await lock.release();
});

test('a lock that its holder gives back meanwhile is taken without waiting for the end of its lease', async () => {
	const cluster = simulatedCluster();
	cluster.configMaps.set(lockName, foreign({holder: 'bob@south (process 2)', run: 'y'}));
	let reads = 0;
	const before = cluster.now();
	const {said, lock} = await takeTold(cluster, method => {
		if (method === 'GET' && (reads += 1) === 3) cluster.configMaps.delete(lockName);
		return undefined;
	});
	expect(cluster.now() - before).toBeLessThan(5000);
	expect(said.join()).not.toContain('taking over');
	await lock.release();
});

test.each([
	['another person', {holder: 'bob@south (process 2)', run: '20240207-020000-abcd'}],
	['another run of the same person', {holder: 'ann@north (process 1)', run: 'y'}],
])('%s who was faster has the lock, and is named', async (_, data) => {
	const cluster = simulatedCluster();
	const taking = takeTold(cluster, method => {
		if (method !== 'POST') return undefined;
		cluster.configMaps.set(lockName, foreign(data));
		return refused(409);
	});
	await expect(taking).rejects.toThrow(`another repair is running: ${data.holder} with run ${data.run}`);
});

test('a lock that may not be read or made is not taken for a free one', async () => {
	for (const wanted of ['GET', 'POST'])
		await expect(takeTold(simulatedCluster(), method => (method === wanted ? refused(403) : undefined))).rejects.toMatchObject({
			status: 403,
		});
});

test('before an act the server is asked only where the last renewal is not fresh', async () => {
	const cluster = simulatedCluster();
	let isAway = false;
	const {calls, lock, connection} = await takeTold(cluster, method => (isAway && method === 'PATCH' ? refused(403) : undefined));
	const taken = calls.length;
	await lock.assertHeld();
	expect(calls.length).toBe(taken);
	isAway = true;
	await wait(connection, 13);
	isAway = false;
	const patches = (): number => calls.filter(({method}) => method === 'PATCH').length;
	const before = patches();
	await lock.assertHeld();
	expect(patches()).toBe(before + 1);
	expect(lock.lost.aborted).toBe(false);
	await lock.release();
});

test.each([
	['another person', {holder: 'bob@south (process 2)', run: '20240207-020000-abcd'}],
	['another run of the same person', {holder: 'ann@north (process 1)', run: 'y'}],
])('a lock that %s took over is lost at the next renewal, and asked for no more', async (_, data) => {
	const cluster = simulatedCluster();
	const {calls, lock, connection} = await takeTold(cluster);
	cluster.configMaps.set(lockName, foreign(data));
	await wait(connection, 6);
	expect(lock.lost.reason).toMatchObject({message: `the lock was taken over by ${data.holder} with run ${data.run}`});
	const asked = calls.length;
	await expect(lock.assertHeld()).rejects.toThrow('taken over');
	await lock.release();
	expect(calls.length).toBe(asked);
});

test.each([
	['may not be removed', 403, true],
	['is gone already', 404, false],
	['is somebody else’s', 409, false],
])('at the end, a lock that %s (%i) is told: %s', async (_, status, isTold) => {
	const cluster = simulatedCluster();
	const {said, lock} = await takeTold(cluster, method => (method === 'DELETE' ? refused(status) : undefined));
	await lock.release();
	expect(said).toEqual(isTold ? ['the lock kube-system/hostport-lock could not be released (no); it expires by itself'] : []);
});

test('nobody is at work where there is no lock or nobody renews it; who does is named', async () => {
	const cluster = simulatedCluster();
	const {client, clock} = cluster.connect();
	const {signal} = new AbortController();
	const before = cluster.now();
	await assertNobodyAtWork(client, 'kube-system', clock, signal);
	expect(cluster.now()).toBe(before);
	cluster.configMaps.set(lockName, foreign({holder: 'gone@away (process 3)', run: 'x'}));
	await assertNobodyAtWork(client, 'kube-system', clock, signal);
	expect(cluster.now() - before).toBeGreaterThan(4000);
	cluster.configMaps.delete(lockName);
	const living = await take({client, clock} as Connection);
	await expect(assertNobodyAtWork(client, 'kube-system', clock, signal)).rejects.toThrow('another repair is running: ann@north');
	await living.release();
});
