import {render} from 'ink-testing-library';
import stringWidth from 'string-width';
import {afterEach, describe, expect, it} from 'vitest';
import {App} from '../../source/tui/app.tsx';
import type {Intent} from '../../source/tui/state.ts';
import {createStore, type Store, type Update} from '../../source/tui/store.ts';
import {ThemeContext, createTheme} from '../../source/tui/theme.ts';
import {renderAtSize, type Drawn} from '../support/render-at-size.tsx';
import {diagnosis, judged, largeSnapshot, storeWith, storySnapshot} from './fixtures.ts';

const open: Drawn[] = [];

async function draw(
	shown: Store | Update,
	{
		columns = 80,
		rows = 24,
		unicode = true,
		onIntent = () => {},
	}: {columns?: number; rows?: number; unicode?: boolean; onIntent?: (intent: Intent) => void} = {},
): Promise<Drawn> {
	const store = 'subscribe' in shown ? shown : storeWith(shown);
	const drawn = await renderAtSize(
		<ThemeContext value={createTheme({colour: false, unicode})}>
			<App store={store} canSave canRepair onIntent={onIntent} />
		</ThemeContext>,
		columns,
		rows,
	);
	open.push(drawn);
	return drawn;
}

afterEach(() => {
	for (const drawn of open.splice(0)) drawn.unmount();
});

const sizes = [
	[80, 24],
	[120, 36],
	[40, 10],
	[200, 60],
	[61, 17],
] as const;

describe('every screen', () => {
	it.each(sizes)('fills %i columns and %i rows exactly, with header above and keys below', async (columns, rows) => {
		const drawn = await draw(storySnapshot(), {columns, rows});
		for (const keys of ['', '\r', '\u001B', 'd', ']', '\u001B', 'p', '\u001B', '?', '\u001B', '\t\r', '\u001B', '/node\r', 'w']) {
			const before = drawn.frames();
			if (keys !== '') {
				drawn.type(keys);
				await drawn.until(() => drawn.frames() > before);
			}

			const lines = drawn.lines();
			expect(lines).toHaveLength(rows);
			expect(Math.max(...lines.map(line => stringWidth(line)))).toBeLessThanOrEqual(columns);
			expect(lines[0]).toContain('nks-prod');
			expect(lines.at(-1)).toMatch(/quit|write evidence/u);
		}
	});

	it('says that the terminal is too small rather than drawing half of it', async () => {
		const drawn = await draw(storySnapshot(), {columns: 39, rows: 24});
		expect(drawn.frame().trim().replaceAll(/\s+/gu, ' ')).toBe('terminal too small: 39×24; it needs 40×10');
		drawn.resize(80, 24);
		await drawn.shows('node-1');
		drawn.resize(80, 9);
		await drawn.shows('terminal too small');
	});

	it('adapts to another size without leaving anything behind', async () => {
		const drawn = await draw(storySnapshot(), {columns: 120, rows: 36});
		expect(drawn.frame()).toContain('5.4.0-163-generic');
		drawn.resize(60, 14);
		await drawn.until(() => drawn.lines().length === 14);
		expect(drawn.frame()).not.toContain('KERNEL');
		expect(drawn.frame()).toContain('node-1');
	});
});

describe('the overview', () => {
	it('shows what is under way in its very first frame, before anything answered', async () => {
		const drawn = await draw(createStore('nks-prod'));
		expect(drawn.lines()[0]).toMatch(/connecting to nks-prod · 0 s/u);
		expect(drawn.frame()).toContain('waiting for the list of nodes');
		// No table before it has a row, and no key for one.
		expect(drawn.frame()).not.toContain('Nodes');
		expect(drawn.lines().at(-1)).not.toMatch(/filter|sort|findings|open/u);
	});

	it('says on a narrow terminal what serves hostPorts, and how much of the node below the table is in sight', async () => {
		const drawn = await draw(storySnapshot(), {columns: 60, rows: 24});
		expect(drawn.lines()[1]?.trim()).toBe('Cilium 1.10.16 · hostPorts served by nothing');
		const [, last = '', all = ''] = /Node node-1 {2}lines 1-(\d+) of (\d+) /u.exec(drawn.frame()) ?? [];
		expect(Number(all)).toBeGreaterThan(Number(last));
	});

	it('shows the names of the nodes before anything else is known, says no more of them, and every key still does what it can', async () => {
		const store = createStore('nks-prod');
		const drawn = await draw(store, {columns: 120, rows: 36});
		store.update({names: ['node-1', 'node-2']});
		await drawn.shows('› · waiting  node-1');
		expect(drawn.frame()).toContain('Nodes 2  2 waiting');
		expect(drawn.frame()).not.toMatch(/Cilium|Kubernetes/u);
		for (const key of [
			' ',
			'j',
			'\r',
			'\u001B',
			'e',
			'\u001B',
			'd',
			'\u001B',
			'p',
			'\u001B',
			'v',
			'\u001B',
			'F',
			'\u001B',
			'R',
			'\u001B',
			'y',
			's',
		]) {
			drawn.type(key);
			await new Promise(setImmediate);
		}

		store.update({names: [], phase: null, failure: {message: 'the API server went away', hint: ''}});
		await drawn.shows('the API server went away');
		await drawn.shows('no nodes found');
	});

	it.each(['80x24', '120x36', '200x50'])('is the answer on %s: the whole cause, its proof, what repairs it, and every node', async size => {
		const [columns = 0, rows = 0] = size.split('x').map(Number);
		const drawn = await draw({...storySnapshot(), repairAhead: 'portmap: installs portmap on 3 nodes, restarts 5 pods.'}, {columns, rows});
		await expect(`${drawn.frame()}\n`).toMatchFileSnapshot(`screens/overview-${size}.txt`);
	});

	it('shows what was read, raw, one key away: the deciding line marked, in tabs', async () => {
		const drawn = await draw(storySnapshot());
		drawn.type('e');
		await drawn.shows('Evidence node-1');
		const tabs = [drawn.frame()];
		for (const title of ['rules', 'entries', 'agent', 'cilium-config', 'events']) {
			drawn.type('\t');
			await drawn.shows(`[${title}]`);
			tabs.push(drawn.frame());
		}

		await expect(`${tabs.join('\n\n')}\n`).toMatchFileSnapshot('screens/evidence-80x24.txt');
		drawn.type('\u001B');
		await drawn.shows('Nodes 3');
	});

	it('scrolls a page that Ink lays out, to its end and no further, also by keys typed before it was drawn', async () => {
		const drawn = await draw(storySnapshot());
		const place = (): string => /lines (\d+-\d+ of \d+)/u.exec(drawn.frame())?.[1] ?? '';
		drawn.type('?Gjj');
		await drawn.shows('CAUSE');
		await drawn.until(() => place() !== '');
		const [, last, all] = /(\d+) of (\d+)/u.exec(place()) ?? [];
		expect(last).toBe(all);
		drawn.type('k');
		await drawn.until(() => place().includes(`-${Number(all) - 1} of`));
		drawn.type('g');
		await drawn.until(() => place().startsWith('1-'));
		expect(drawn.lines()[3]).toContain('On nodes and findings');
		drawn.type('G');
		drawn.resize(80, 200);
		await drawn.until(() => place() === '' && drawn.frame().includes('Everywhere'));
	});

	it('says how to see what is missing where no repair can be told', async () => {
		const drawn = await draw(storySnapshot());
		expect(drawn.frame()).toContain('fix  Chain the portmap plugin');
	});

	it('fills in while nodes answer, by name until all are there, then the worst first', async () => {
		const {evidence: seen, diagnosis: judgement} = storySnapshot();
		const store = createStore('nks-prod');
		const drawn = await draw(store);
		const nodes = [judged('node-1', 'ok'), judged('node-2', 'unknown'), judged('node-3')];
		const [first, ...others] = seen!.nodes;
		const unasked = others.map(node => ({...node, observation: null}));
		store.update({
			phase: {text: 'asking', since: Date.now() - 8000},
			progress: {done: 1, total: 3},
			evidence: {...seen!, nodes: [first!, ...unasked]},
			diagnosis: {...judgement!, nodes},
		});
		await drawn.shows('asking 1 of 3 nodes');
		expect(drawn.lines()[0]).toMatch(/asking 1 of 3 nodes · \d+ s/u);
		const rows = drawn.lines().filter(line => line.includes('node-'));
		expect(rows.map(line => line.slice(2, 12).trim()).filter(text => /waiting|ok/u.test(text))).toEqual(['✓ ok', '· waiting', '· waiting']);
		store.update({phase: null, evidence: seen!, diagnosis: {...judgement!, nodes}});
		await drawn.shows('1 broken · 1 unknown · 1 ok');
		expect(
			drawn
				.lines()
				.filter(line => /^[› ] \S \w+ +node-\d/u.test(line))
				.map(line => line.slice(2, 12).trim()),
		).toEqual(['✗ broken', '? unknown', '✓ ok']);
	});

	it('draws only the rows in sight of 5,000', async () => {
		const drawn = await draw(largeSnapshot(5000), {columns: 120, rows: 36});
		expect(drawn.frame()).toContain('Nodes 1-25 of 5000  100 broken · 72 unkn');
		expect(drawn.lines()).toHaveLength(36);
		drawn.type('G');
		await drawn.shows('node-5000');
		drawn.type('g');
		await drawn.shows('› ✗ broken   node-8 ');
	});

	it('takes keys typed ahead as one chunk for what they are', async () => {
		const drawn = await draw(storySnapshot());
		drawn.type('jj');
		await drawn.shows('› ✗ broken  node-3');
		drawn.type('/2\rd');
		await drawn.shows('Change 1 of 2');
		drawn.type('\u001B');
		await drawn.shows('Nodes 1 of 3  filter: 2');
		expect(drawn.frame()).toContain('› ✗ broken  node-2');
	});

	it('shows what is typed, and what the filter leaves, letter by letter', async () => {
		const drawn = await draw(largeSnapshot(200));
		drawn.type('/unk');
		await drawn.shows('filter unk_');
		expect(drawn.frame()).toMatch(/Nodes \d of 200/u);
		drawn.type('zzz');
		await drawn.shows('no node matches the filter');
		expect(drawn.frame()).not.toMatch(/^─ {2}/mu);
		drawn.type('\u001B');
		await drawn.shows('Nodes 1-');
	});

	it('hands over intents and no more', async () => {
		const intents: Intent[] = [];
		const drawn = await draw(storySnapshot(), {onIntent: intent => intents.push(intent)});
		drawn.type('rjq');
		await drawn.until(() => intents.length === 2);
		expect(intents).toEqual([{kind: 'refresh'}, {kind: 'quit'}]);
	});

	it('tells a failure in full with what to do, and keeps what was seen before', async () => {
		const store = storeWith(storySnapshot());
		const drawn = await draw(store);
		const message = `https://10.0.0.1:6443 does not answer: ${'very '.repeat(14)}long refusal`;
		store.update({failure: {message, hint: 'Check the address and your VPN, then press r.'}});
		await drawn.shows('long refusal');
		expect(drawn.lines()).toHaveLength(24);
		expect(drawn.frame()).toContain('Check the address and your VPN');
		expect(drawn.frame()).toContain('node-3');
		expect(drawn.lines().at(-1)).toContain('r refresh');
	});

	it('shows more findings than fit by moving through them', async () => {
		const codes = Array.from({length: 12}, (_, index) => `HP${index + 30}`);
		const [first] = diagnosis().findings;
		const drawn = await draw({...storySnapshot(), diagnosis: diagnosis({findings: codes.map(code => ({...first!, code}))})});
		expect(drawn.frame()).toContain('and 9 more findings: tab');
		drawn.type('\tG');
		await drawn.shows('HP41');
		drawn.type('\r');
		await drawn.shows('Finding HP41');
	});
});

describe('details', () => {
	it('of a node hold the verdict, every line of proof, the remedy, files, binaries and ports', async () => {
		const drawn = await draw(storySnapshot(), {columns: 120, rows: 60});
		drawn.type('\r');
		await drawn.shows('Node node-1');
		for (const text of [
			'✗ broken  HP01',
			'configmap kube-system/cilium-config — kube-proxy-replacement: disabled; cni-chaining-mode is not set',
			'node-1:/etc/cni/net.d/05-cilium.conf — the only plugin is cilium-cni',
			'remedy   Chain the portmap plugin',
			'› 05-cilium.conf',
			'loaded by the runtime',
			'CNI binaries /opt/cni/bin',
			'loopback',
			'✗ not mapped  :8080 → 80/TCP  default/web-6f7d9c-x2x4k',
			'no CNI-DN rule and no HostPort entry',
		]) {
			expect(drawn.frame()).toContain(text);
		}
	});

	it('of a node that could not be asked tell why, with every way in that was tried', async () => {
		const {evidence: seen} = storySnapshot();
		const attempts = [
			{via: 'agent' as const, ok: false, reason: 'pods/exec is forbidden in kube-system'},
			{via: 'pod' as const, ok: false, reason: 'pods is forbidden'},
		];
		const nodes = seen!.nodes.map(node => ({...node, observation: null, attempts, via: 'api' as const}));
		const reason = 'no way in: pods/exec is forbidden';
		const drawn = await draw(
			{
				...storySnapshot(),
				evidence: {...seen!, nodes},
				diagnosis: diagnosis({nodes: [judged('node-1', 'unknown', {reason, via: 'api'})], findings: []}),
			},
			{rows: 40},
		);
		drawn.type('\r');
		await drawn.shows('? unknown');
		expect(drawn.frame()).toContain(reason);
		expect(drawn.frame()).toContain('✗ agent');
		expect(drawn.frame()).toContain('pods/exec is forbidden in kube-system');
		expect(drawn.frame()).toContain('not readable with this access');
	});

	it('of a finding hold proof, remedy, nodes and hostPorts', async () => {
		const drawn = await draw(storySnapshot(), {rows: 40});
		drawn.type('f\r');
		await drawn.shows('Finding HP01');
		for (const text of [
			'kube-proxy-replacement: disabled',
			'Chain the portmap plugin',
			'3 nodes · repairable',
			'node-3',
			'default/web-6f7d9c-x2x4k:8080/TCP',
		]) {
			expect(drawn.frame()).toContain(text);
		}
	});

	it('of a change keep the signs of a unified diff, and say on how many nodes it is the same', async () => {
		const drawn = await draw(storySnapshot(), {rows: 40});
		drawn.type('d');
		await drawn.shows('Change 1 of 2 · the same on 3 nodes');
		expect(drawn.frame()).toContain('--- node-1:/etc/cni/net.d/05-cilium.conf');
		expect(drawn.frame()).toContain('-  "name": "cilium",');
		expect(drawn.frame()).toContain('+      "type": "portmap",');
		drawn.type(']');
		await drawn.shows('Change 2 of 2');
		expect(drawn.frame()).toContain('+cni-chaining-mode: portmap');
	});

	it('of every hostPort hold pod, mapping, node and state', async () => {
		const drawn = await draw(storySnapshot(), {columns: 140, rows: 30});
		drawn.type('p');
		await drawn.shows('hostPorts 7  0 mapped');
		expect(drawn.frame()).toMatch(/✗ not mapped {2}default\/web-6f7d9c-x2x4k +:8080 → 80\/TCP +node-1 +Deployment\/web/u);
		drawn.type('/otel node-2\r\r');
		await drawn.shows('hostPort observability/otel-collector-2:4317/TCP');
		drawn.type('\r');
		await drawn.shows('Node node-2');
	});
});

describe('without colour or Unicode', () => {
	it('says everything by sign and word', async () => {
		const drawn = await draw(storySnapshot(), {unicode: false});
		expect(drawn.frame()).toMatch(/^> x broken/mu);
		// oxlint-disable-next-line no-control-regex
		expect(drawn.frame()).toMatch(/^[\n\u0020-\u007E]+$/u);
	});

	it('writes no escape sequence', async () => {
		const drawn = await draw(storySnapshot());
		expect(drawn.frame()).not.toContain('\u001B');
	});
});

it('can be drawn where the terminal does not tell its rows', () => {
	const {lastFrame, unmount} = render(<App store={storeWith(storySnapshot())} canSave={false} canRepair={false} onIntent={() => {}} />);
	expect(lastFrame()).toContain('node-1');
	unmount();
});

describe('a question', () => {
	const text =
		'The host [10.0.0.7]:2222 is not known. Its ED25519 key has the fingerprint SHA256:0123456789abcdef0123456789abcdef0123456789a. Trust it from now on, in /home/kim/.ssh/known_hosts? Type yes or no:';

	it.each(sizes)('stands there in full on %i columns and %i rows, with room to answer', async (columns, rows) => {
		const intents: Intent[] = [];
		const drawn = await draw(
			{...storySnapshot(), question: {id: 7, text, isSecret: false}},
			{columns, rows, onIntent: intent => intents.push(intent)},
		);
		const shown = drawn
			.lines()
			.map(line => line.trim())
			.join(' ')
			.replaceAll(/\s+/gu, ' ');
		expect(shown.replaceAll(' ', '')).toContain(text.replaceAll(' ', ''));
		drawn.type('yes');
		await drawn.shows('answer yes_');
		drawn.type('\r');
		await drawn.until(() => intents.length > 0);
		expect(intents).toEqual([{kind: 'answer', id: 7, text: 'yes'}]);
	});

	it('shows nothing of a secret, not even its length', async () => {
		const drawn = await draw({...storySnapshot(), question: {id: 7, text: 'Passphrase for the key id:', isSecret: true}});
		drawn.type('open sesame');
		await drawn.shows('answer, not shown _');
		expect(drawn.frame()).not.toContain('sesame');
	});
});
