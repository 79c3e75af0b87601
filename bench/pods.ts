/** Ways to read pages of pods, side by side in one process: processor seconds for 150,000 pods, of which one in 30 has a hostPort. */
import {gunzipSync, gzipSync} from 'node:zlib';
import {parseJson} from '../source/bounded-json.ts';
import {readListPage} from '../source/cluster/list-page.ts';
import {mayHaveHostPort, uidIn} from '../source/evidence/objects/host-port-text.ts';
import {podPage} from './scale-objects.ts';

const pages = 300;
const body = Buffer.from(
	`{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"1","continue":"c","remainingItemCount":9},"items":[${podPage(0, 500, 30).toString()}]}\n`,
);
const packed = gzipSync(body, {level: 1});
const expected = {limit: 500, last: undefined};
const uids = new Set(['5e1f2c3d-0000-4000-8000-000000000070']);
const ways: Record<string, () => unknown> = {
	'bounded, then parsed whole (before)': () => parseJson(body),
	'parsed whole, unbounded': () => JSON.parse(body.toString('utf8')),
	'decoded and split as text, not yet parsed': () =>
		body
			.toString('utf8')
			.split('},{"metadata":{')
			.filter(text => text.includes('hostPort')),
	'cut by bytes, wanted ones parsed': () => readListPage(body, {expected, isWanted: mayHaveHostPort}),
	'the same, uids of events looked for': () =>
		readListPage(body, {expected, isWanted: object => mayHaveHostPort(object) || uids.has(uidIn(object) ?? '')}),
	'unpacking of gzip alone': () => gunzipSync(packed),
};
console.log(`a page: ${(body.length / 1e6).toFixed(1)} MB, ${(packed.length / 1e3).toFixed(0)} kB packed`);
const least = new Map<string, number>();
for (let round = 0; round < 5; round += 1) {
	for (const [name, way] of Object.entries(ways)) {
		const before = process.cpuUsage();
		for (let page = 0; page < 6; page += 1) way();
		const {user, system} = process.cpuUsage(before);
		least.set(name, Math.min(least.get(name) ?? Number.POSITIVE_INFINITY, ((user + system) / 1e6) * (pages / 6)));
	}
}

for (const [name, seconds] of least) console.log(`${seconds.toFixed(2)} s  ${name}`);
