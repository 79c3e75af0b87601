import {setImmediate as turn} from 'node:timers/promises';
import pMap from 'p-map';
import {describe, expect, it} from 'vitest';
import {eachInParallel} from '../source/parallelism.ts';
import {pressureGauge, type PressureGauge} from '../source/pressure.ts';

/** A server and time as they are played: time goes on when nobody has anything left to do. */
type Play = {
	readonly now: () => number;
	readonly sleep: (milliseconds: number) => Promise<void>;
	/** Lets time go until the promise has settled; gives how much of it went. */
	run(promise: Promise<void>): Promise<number>;
};

function play(): Play {
	let time = 0;
	const sleepers: Array<{readonly at: number; readonly wake: () => void}> = [];
	return {
		now: () => time,
		sleep: async milliseconds => new Promise(wake => void sleepers.push({at: time + milliseconds, wake})),
		async run(promise) {
			let isOver = false;
			const over = (): void => void (isOver = true);
			promise.then(over, over);
			for (;;) {
				await turn();
				if (isOver) break;
				sleepers.sort((one, other) => one.at - other.at);
				const [first] = sleepers;
				if (first === undefined) throw new Error('nobody has anything to do');
				time = first.at;
				while (sleepers[0]?.at === time) sleepers.shift()?.wake();
			}

			await promise;
			return time;
		},
	};
}

/** A server that works on so many at once; others wait in line. `turnsAway` says which try is refused. */
function server({sleep}: Play, latency: (item: number) => number, capacity = Number.POSITIVE_INFINITY) {
	const line: Array<() => void> = [];
	let working = 0;
	const seen = {most: 0, open: 0, last: 0};
	return {
		seen,
		ask: async (item: number): Promise<void> => {
			seen.open += 1;
			seen.most = Math.max(seen.most, seen.open);
			if (working >= capacity) await new Promise<void>(resolve => void line.push(resolve));
			working += 1;
			await sleep(latency(item));
			working -= 1;
			line.shift()?.();
			seen.open -= 1;
			seen.last = seen.open;
		},
	};
}

/** A processor that does one thing at a time. */
function machine({now, sleep}: Play, milliseconds: number): () => Promise<void> {
	let free = 0;
	return async () => {
		free = Math.max(free, now()) + milliseconds;
		await sleep(free - now());
	};
}

const items = (count: number): number[] => Array.from({length: count}, (_, index) => index);

async function taken(count: number, most: number | undefined, latency: (item: number) => number, capacity?: number): Promise<number> {
	const time = play();
	const {ask} = server(time, latency, capacity);
	return time.run(eachInParallel(items(count), ask, {most, now: time.now}));
}

/** The time with so many at once from first to last. */
async function fixed(count: number, limit: number, latency: (item: number) => number, capacity?: number): Promise<number> {
	const time = play();
	const {ask} = server(time, latency, capacity);
	const queue = items(count);
	const worker = async (): Promise<void> => {
		for (let item = queue.shift(); item !== undefined; item = queue.shift()) await ask(item);
	};
	return time.run(Promise.all(Array.from({length: limit}, worker)).then(() => undefined));
}

describe('as many at once as turns out well', () => {
	it('does each once', async () => {
		const done: number[] = [];
		await eachInParallel(items(100), async item => void done.push(item));
		expect(done.toSorted((one, other) => one - other)).toEqual(items(100));
		await eachInParallel([], async () => expect.unreachable());
	});

	it.each([
		['each takes as long', () => 200, undefined],
		['the server works on 64 at once', () => 200, 64],
		['the server works on 16 at once', () => 200, 16],
		['some are three times as slow', (item: number) => (item % 10 === 0 ? 600 : 200), undefined],
		['the second half is further away', (item: number) => (item < 500 ? 20 : 400), undefined],
		['one in fifty does not answer', (item: number) => (item % 50 === 7 ? 30_000 : 200), undefined],
	] as const)('is hardly slower than the best fixed number where %s', async (_, latency, capacity) => {
		const best = Math.min(...(await Promise.all([8, 16, 32, 64, 128, 256].map(async limit => fixed(1000, limit, latency, capacity)))));
		const own = await taken(1000, undefined, latency, capacity);
		// The first rounds, in which nothing is known yet, are of a thousand a sixth.
		expect(own / best).toBeLessThan(2.2);
		expect(own).toBeLessThan((await fixed(1000, 16, latency, capacity)) * 1.05);
	});

	// A look of 1,000 nodes is bound by one of both: what the server takes, or the 5 ms of our own that each connection by TLS takes.
	it.each([
		['a server that works on 64 at once', 64, 0],
		['one that does, and a machine that takes 5 ms for each', 64, 5],
		['a machine that takes 5 ms for each', Number.POSITIVE_INFINITY, 5],
	])('takes at most 1.3 times as long as the best fixed number with %s', async (_, capacity, own) => {
		const by = async (go: (ask: (item: number) => Promise<void>, time: Play) => Promise<unknown>): Promise<number> => {
			const time = play();
			const {ask} = server(time, () => 200, capacity);
			const ready = machine(time, own);
			return time.run(
				go(async item => {
					await ready();
					await ask(item);
				}, time).then(() => undefined),
			);
		};
		const numbers = [16, 32, 64, 128, 256];
		const best = await Promise.all(numbers.map(async most => by(async ask => pMap(items(1000), ask, {concurrency: most}))));
		expect((await by(async (ask, {now}) => eachInParallel(items(1000), ask, {now}))) / Math.min(...best)).toBeLessThan(1.3);
	});

	it('is as good as the best where there is time to learn', async () => {
		expect((await taken(5000, undefined, () => 200)) / (await fixed(5000, 256, () => 200))).toBeLessThan(1.3);
	});

	it('does not let a line grow before a server that is busy', async () => {
		const time = play();
		const {ask, seen} = server(time, () => 200, 10);
		let late = 0;
		await time.run(
			eachInParallel(
				items(2000),
				async item => {
					await ask(item);
					if (item > 1000) late = Math.max(late, seen.last);
				},
				{now: time.now},
			),
		);
		expect(late).toBeLessThan(40);
	});

	it('never does more at once than it is told', async () => {
		for (const most of [1, 3, 8, 20, 100]) {
			const time = play();
			const {ask, seen} = server(time, () => 100);
			await time.run(eachInParallel(items(500), ask, {most, now: time.now}));
			expect(seen.most).toBe(most);
		}
	});

	it('begins none after a failure, waits for those under way, and throws it', async () => {
		let open = 0;
		let begun = 0;
		const all = eachInParallel(items(100), async item => {
			begun += 1;
			open += 1;
			await turn();
			if (item === 3) throw new Error('the fourth');
			await turn();
			open -= 1;
		});
		await expect(all).rejects.toThrow('the fourth');
		expect(open).toBe(1);
		expect(begun).toBeLessThan(40);
	});
});

describe('a server that turns requests away', () => {
	/** As the connection does it: what is turned away waits as long as it is told, and is tried again. */
	const tried = async (time: Play, pressure: PressureGauge, isTaken: () => boolean, act: () => Promise<void>): Promise<void> => {
		while (!isTaken()) {
			pressure.turnAway();
			const go = pressure.hold();
			await time.sleep(1000);
			go();
		}

		await act();
	};

	it('is asked by fewer at once until it takes them', async () => {
		const [time, pressure] = [play(), pressureGauge()];
		const {ask, seen} = server(time, () => 100);
		const room = 12;
		let refused = 0;
		const each = async (item: number): Promise<void> =>
			tried(
				time,
				pressure,
				() => {
					if (seen.open < room) return true;
					refused += 1;
					return false;
				},
				async () => ask(item),
			);
		await time.run(eachInParallel(items(2000), each, {pressure, now: time.now}));
		expect(seen.most).toBe(room);
		expect(refused / 2000).toBeLessThan(0.25);
	});

	it('that refuses a third whatever is done keeps nobody else waiting', async () => {
		const [time, pressure] = [play(), pressureGauge()];
		const {ask} = server(time, () => 20);
		let tries = 0;
		const each = async (item: number): Promise<void> =>
			tried(
				time,
				pressure,
				() => (tries += 1) % 3 !== 0,
				async () => ask(item),
			);
		// A thousand of 20 ms, eight at once, are 2.5 s; six tries are not enough for one in 700.
		expect(await time.run(eachInParallel(items(1000), each, {pressure, now: time.now}))).toBeLessThan(15_000);
	});

	it('is not asked without end at once by those that wait', async () => {
		const [time, pressure] = [play(), pressureGauge()];
		let open = 0;
		let most = 0;
		const until = 60_000;
		const each = async (): Promise<void> => {
			open += 1;
			most = Math.max(most, open);
			await tried(
				time,
				pressure,
				() => time.now() > until,
				async () => time.sleep(1),
			);
			open -= 1;
		};
		await time.run(eachInParallel(items(1000), each, {most: 50, pressure, now: time.now}));
		expect(most).toBe(50);
	});
});
