import {expect, test} from 'vitest';
import {ClusterError} from '../../../source/cluster/cluster-error.ts';
import {lockName, takeLock, type RunLock} from '../../../source/repair/run/run-lock.ts';
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
