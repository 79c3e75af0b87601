// Real recordings, changed at random: what is no matter of hostPorts changes nothing, what carried a hostPort and is taken away is missed, and
// nothing throws. FUZZ_ROUNDS and FUZZ_SEED as in fuzz.test.ts; FUZZ_FIGURES=1 prints how much was tried.
import {readdirSync, readFileSync} from 'node:fs';
import {afterAll, describe, expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Diagnosis} from '../../source/diagnosis/diagnosis.ts';
import {evidenceSchema, type Evidence, type NatTable} from '../../source/evidence/evidence.ts';
import {allRecordings, evidenceOf} from '../diagnosis/recorded-evidence.ts';
import {dice, mutated} from './mutate.ts';
import {neutralChanges} from './neutral-changes.ts';

const rounds = Number(process.env['FUZZ_ROUNDS'] ?? 60);
const seed = Number(process.env['FUZZ_SEED'] ?? 901_352_317);
const figures = new Map<string, number>();
const counted = (what: string): unknown => figures.set(what, (figures.get(what) ?? 0) + 1);
afterAll(() => {
	if (process.env['FUZZ_FIGURES'] !== undefined) console.log(Object.fromEntries(figures));
});

const folder = new URL('../evidence/scenes/', import.meta.url);
const scenes = readdirSync(folder)
	.filter(name => name !== 'index.json')
	.map(name => [name, evidenceSchema.parse(JSON.parse(readFileSync(new URL(name, folder), 'utf8')))] as const);
const all: ReadonlyArray<readonly [string, Evidence]> = [...allRecordings.map(name => [name, evidenceOf(name)] as const), ...scenes];
/** What is told of a recording as it is. */
const wholes = new Map<Evidence, Diagnosis>();
const whole = (evidence: Evidence): Diagnosis => {
	const found = wholes.get(evidence) ?? diagnose(evidence);
	wholes.set(evidence, found);
	return found;
};

// A round is one recording.
const picked = (round: number): readonly [name: string, evidence: Evidence, roll: ReturnType<typeof dice>] => {
	const roll = dice(seed + round * 7919);
	const [name, evidence] = all[roll(all.length)] ?? ['', {} as Evidence];
	return [name, evidence, roll];
};

/** What must stay as it is: faults, verdicts, states. What is only told may have more to tell of. */
function told({findings, nodes, hostPorts}: Diagnosis, of: Evidence) {
	const names = new Set(of.nodes.map(({name}) => name));
	return {
		findings: findings
			.filter(({severity}) => severity !== 'info')
			.map(({code, severity, title}) => [code, severity, title.replaceAll(/\d+/g, 'N')].join(' ')),
		praise: findings.some(({code}) => code === 'HP22'),
		verdicts: nodes.filter(({name}) => names.has(name)).map(({name, verdict}) => `${name} ${verdict}`),
		states: hostPorts.map(({pod, hostPort, protocol, state}) => `${pod} ${hostPort}/${protocol} ${state}`),
	};
}

/** The evidence without all that serves one hostPort. */
function bereft(evidence: Evidence, {node: name, hostPort, protocol}: Diagnosis['hostPorts'][number]): Evidence {
	const serves = (entry: {readonly port: number; readonly protocol: string}): boolean =>
		entry.port === hostPort && (entry.protocol === '' || entry.protocol.toUpperCase() === protocol);
	const word = protocol.toLowerCase();
	const names = (line: string): boolean =>
		line.includes(` -p ${word} `) && new RegExp(` --dports? (?:\\d+,)*${hostPort}(?:[, ]|$)`).test(line);
	const without = (table: NatTable | null): NatTable | null => {
		if (table === null) return null;
		// The jump of several ports leads to others' targets too; and a runtime names the port in the jump alone.
		const left = (rules: readonly string[]): string[] => {
			const chains = rules
				.filter(line => line.startsWith('-A KUBE-HOSTPORTS ') && names(line))
				.map(line => / -j (\S+)/.exec(line)?.[1] ?? '');
			return rules.filter(
				line =>
					!(names(line) && / -j DNAT /.test(line)) && !chains.some(chain => line.includes(` ${chain} `) || line.endsWith(` ${chain}`)),
			);
		};
		return {...table, rules: left(table.rules), rules6: left(table.rules6)};
	};
	return {
		...evidence,
		nodes: evidence.nodes.map(node =>
			node.name !== name || node.observation === null
				? node
				: {
						...node,
						observation: {
							...node.observation,
							serviceEntries: node.observation.serviceEntries?.filter(entry => !serves(entry)) ?? null,
							datapathEntries: node.observation.datapathEntries?.filter(entry => !serves(entry)) ?? null,
							nat: {nft: without(node.observation.nat.nft), legacy: without(node.observation.nat.legacy)},
							nftables: node.observation.nftables && {
								...node.observation.nftables,
								rules: node.observation.nftables.rules.filter(line => !line.includes(`${word} dport ${hostPort} `)),
								rules6: node.observation.nftables.rules6.filter(line => !line.includes(`${word} dport ${hostPort} `)),
								...(node.observation.nftables.runtimeMappings !== undefined && {
									runtimeMappings: node.observation.nftables.runtimeMappings.filter(each => each.hostPort !== hostPort),
								}),
							},
						},
					},
		),
	};
}

/** One node twice, with all that is on it and is told of it. */
function doubled(evidence: Evidence, name: string, twin: string): Evidence {
	const renamed = <T>(value: T): T => JSON.parse(JSON.stringify(value).replaceAll(`"${name}"`, `"${twin}"`)) as T;
	const copies = <T extends {readonly name: string}>(items: readonly T[]): T[] =>
		items.map(item => ({...renamed(item), name: `${item.name}-twin`}));
	const nodes = evidence.nodes.filter(node => node.name === name);
	const pods = evidence.pods.filter(({node}) => node === name);
	const events = evidence.events.filter(({node}) => node === name);
	return {
		...evidence,
		nodes: [...evidence.nodes, ...nodes.map(node => ({...renamed(node), name: twin}))],
		pods: [...evidence.pods, ...copies(pods)],
		events: [...evidence.events, ...events.map(event => ({...renamed(event), object: `${event.object}-twin`}))],
	};
}

function changed(evidence: Evidence, roll: ReturnType<typeof dice>): {readonly evidence: Evidence; readonly changes: readonly string[]} {
	const names = Object.keys(neutralChanges);
	const changes = Array.from({length: 1 + roll(5)}, () => names[roll(names.length)] ?? '');
	return {evidence: changes.reduce((now, name) => neutralChanges[name]?.(now, roll) ?? now, evidence), changes};
}

describe(`recordings changed at random, seed ${seed}, ${rounds} rounds`, () => {
	test('what is no matter of hostPorts changes nothing that is told of them', () => {
		for (let round = 0; round < rounds * 5; round += 1) {
			const [name, evidence, roll] = picked(round);
			const other = changed(evidence, roll);
			counted('neutral changes');
			expect(told(diagnose(other.evidence), evidence), `${name}, round ${round}: ${other.changes.join('; ')}`).toEqual(
				told(whole(evidence), evidence),
			);
		}
	});

	test('a node beside it that is just like it is judged just so, and makes nothing else of the cluster', () => {
		for (let round = 0; round < rounds; round += 1) {
			const [name, evidence, roll] = picked(round);
			const model = evidence.nodes[roll(Math.max(1, evidence.nodes.length))];
			if (model === undefined) continue;
			counted('nodes doubled');
			const twin = `${model.name}-twin`;
			const where = `${name}, round ${round}, ${model.name}`;
			const [before, after] = [whole(evidence), diagnose(doubled(evidence, model.name, twin))];
			const faults = ({findings}: Diagnosis): string[] =>
				[...new Set(findings.filter(({severity}) => severity !== 'info').map(({code, severity}) => `${code} ${severity}`))].sort();
			const judged = ({nodes, hostPorts}: Diagnosis, node: string): unknown => [
				nodes.find(each => each.name === node)?.verdict,
				hostPorts
					.filter(each => each.node === node)
					.map(({hostPort, protocol, state}) => `${hostPort}/${protocol} ${state}`)
					.sort(),
			];
			expect(faults(after), where).toEqual(faults(before));
			expect(judged(after, model.name), where).toEqual(judged(before, model.name));
			expect(judged(after, twin), where).toEqual(judged(before, model.name));
		}
	});

	test('what carried a hostPort and is gone is missed', () => {
		for (let round = 0; round < rounds * 2; round += 1) {
			const [name, evidence, roll] = picked(round);
			const wired = whole(evidence).hostPorts.filter(({state}) => state === 'wired');
			const lost = wired[roll(Math.max(1, wired.length))];
			if (lost === undefined) continue;
			counted('hostPorts bereft');
			const {evidence: around, changes} = roll(2) === 0 ? {evidence, changes: []} : changed(evidence, roll);
			const {findings, hostPorts, nodes} = diagnose(bereft(around, lost));
			const where = `${name}, round ${round}, ${lost.pod}:${lost.hostPort}/${lost.protocol}: ${changes.join('; ')}`;
			const own = hostPorts.find(each => each.pod === lost.pod && each.hostPort === lost.hostPort && each.protocol === lost.protocol);
			expect(own?.state, where).not.toBe('wired');
			expect(
				findings.map(({code}) => code),
				where,
			).not.toContain('HP22');
			expect(nodes.find(node => node.name === lost.node)?.verdict, where).not.toBe('ok');
			expect(
				findings.some(
					({severity, hostPorts: named, nodes: concerned}) =>
						severity !== 'info' &&
						(named.length > 0 ? named.some(each => each.includes(`${lost.pod}:${lost.hostPort}/`)) : concerned.includes(lost.node)),
				),
				where,
			).toBe(true);
		}
	});

	test('whatever a recording is made into, it is judged or refused, and never thrown over', () => {
		for (let round = 0; round < rounds; round += 1) {
			const [, evidence, roll] = picked(round);
			const text = mutated([JSON.stringify(evidence)], roll, 4 * 1024 * 1024);
			let value: unknown;
			try {
				value = JSON.parse(text);
			} catch {
				value = pruned(structuredClone(evidence), roll);
			}

			const {success, data} = evidenceSchema.safeParse(value);
			counted(success ? 'wrecks judged' : 'wrecks refused');
			if (success) expect(() => diagnose(data)).not.toThrow();
		}
	});
});

const odd = [null, '', 'x', -1, 1e308, [], '__proto__', '999.999.999.999', '::', '1970-01-01T00:00:00Z', true];

/** What is one of a few words, or says what the file is. */
const fixed = new Set(['apiVersion', 'kind', 'via', 'answer', 'podIs', 'deed', 'policy', 'attempts']);

/** Some of a value's items omitted or doubled, and some of its texts and numbers others. */
function pruned(value: unknown, roll: ReturnType<typeof dice>): unknown {
	if (Array.isArray(value)) {
		return value.flatMap(item => (roll(20) === 0 ? [] : roll(20) === 0 ? [pruned(item, roll), item] : [pruned(item, roll)]));
	}

	// A part that is lacking is refused by the schema; every kind of value that it takes is met here.
	if (typeof value === 'object' && value !== null) {
		return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fixed.has(key) ? item : pruned(item, roll)]));
	}

	if (roll(60) !== 0) return value;
	const other = odd[roll(odd.length)];
	return typeof other === typeof value || value === null ? other : value;
}
