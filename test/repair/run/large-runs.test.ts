// What a repair of many nodes writes: SIZES=1000,5000 prints the figures of such runs (`docs/benchmarks.md`).
import {expect, it} from 'vitest';
import {simulatedCluster, type Connection} from '../simulation/cluster.ts';
import {fix, rollback} from '../simulation/run.ts';

type Count = {requests: number; listed: number; writes: number; bytes: number; seconds: number; megabytes: number};

/** Counts what goes over the connection; of writes to the journal their bytes too. */
function counting(connection: Connection, count: Count): Connection {
	const {client} = connection;
	const counted: typeof client = {
		...client,
		async request<T>(request: Parameters<typeof client.request>[0]): Promise<T> {
			// The lock is renewed by the clock, which jumps while the machine packs the journal.
			if (!request.path.endsWith('/hostport-lock')) count.requests += 1;
			const body = JSON.stringify(request.body ?? '');
			if (request.path.includes('hostport-run-') || body.includes('hostport-run-')) {
				if (request.method !== undefined && request.method !== 'GET') {
					count.writes += 1;
					count.bytes += body.length;
				}
			}

			return client.request<T>(request);
		},
		async list<T>(path: string, options?: Parameters<typeof client.list>[1]): Promise<T[]> {
			const take = (object: unknown): unknown => {
				count.listed += 1;
				return options?.take === undefined ? object : options.take(object);
			};
			count.requests += 1;
			return client.list<T>(path, {...options, take});
		},
	};
	// The steps' own requests too.
	return {...connection, client: counted, tools: {...connection.tools, client: counted}};
}

async function runsOn(nodes: number): Promise<{fix: Count; rollback: Count; object: number}> {
	const cluster = simulatedCluster({nodes});
	const measured = async (act: typeof fix | typeof rollback): Promise<Count> => {
		const count: Count = {requests: 0, listed: 0, writes: 0, bytes: 0, seconds: 0, megabytes: 0};
		const setting = counting(cluster.connect(), count);
		const before = process.cpuUsage();
		const ended = await (act === fix ? fix(cluster, {setting}) : rollback(cluster, setting));
		expect(ended?.end.error).toBeUndefined();
		const {user, system} = process.cpuUsage(before);
		return {...count, seconds: (user + system) / 1e6, megabytes: process.resourceUsage().maxRSS / 1024};
	};
	const forth = await measured(fix);
	const kept = [...cluster.configMaps].filter(([name]) => name.startsWith('hostport-run-'));
	const object = Math.max(...kept.map(([, each]) => JSON.stringify(each).length));
	return {fix: forth, rollback: await measured(rollback), object};
}

const power = (few: number, many: number, one: number, other: number): number => Math.log(other / one) / Math.log(many / few);

it('what is written to the journal grows as the nodes do', async () => {
	const [few, many] = [await runsOn(60), await runsOn(240)];
	expect(power(60, 240, few.fix.bytes, many.fix.bytes)).toBeLessThan(1.2);
	expect(power(60, 240, few.rollback.bytes, many.rollback.bytes)).toBeLessThan(1.2);
	for (const what of ['requests', 'listed'] as const) {
		expect(power(60, 240, few.fix[what], many.fix[what]), what).toBeLessThan(1.3);
		expect(power(60, 240, few.rollback[what], many.rollback[what]), what).toBeLessThan(1.3);
	}
});

it.runIf(process.env['SIZES'])('figures of large runs', async () => {
	for (const nodes of (process.env['SIZES'] ?? '').split(',').map(Number)) {
		const runs = await runsOn(nodes);
		for (const what of ['fix', 'rollback'] as const) {
			const {requests, listed, writes, bytes, seconds, megabytes} = runs[what];
			const cells = [
				nodes,
				what,
				(requests / nodes).toFixed(1),
				(listed / nodes).toFixed(0),
				writes,
				`${Math.round(bytes / 1000)} kB`,
				`${(bytes / nodes / 1000).toFixed(2)} kB`,
			];
			console.log(
				`| ${[...cells, `${Math.round(runs.object / 1000)} kB`, `${seconds.toFixed(1)} s`, `${megabytes.toFixed(0)} MB`].join(' | ')} |`,
			);
		}
	}
});
