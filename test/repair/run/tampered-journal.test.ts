import {promisify} from 'node:util';
import {gzip} from 'node:zlib';
import {beforeAll, describe, expect, test} from 'vitest';
import type {Journal} from '../../../source/repair/journal.ts';
import {listJournals} from '../../../source/repair/run/journal-config-map.ts';
import {contradiction} from '../../../source/repair/run/journal-copies.ts';
import {parseJournalFile} from '../../../source/repair/run/journal-file.ts';
import {readJournal, UnreadableJournal} from '../../../source/repair/run/journal-schema.ts';
import {doubtsAbout} from '../../../source/repair/run/doubts.ts';
import {assertOwnCluster, onThisCluster} from '../../../source/repair/run/own-cluster.ts';
import {isAcceptedValue, mayHaveBeen} from '../../../source/repair/plan/planned-values.ts';
import {stepsOf} from '../../../source/repair/define-step.ts';
import type {Step} from '../../../source/repair/plan/plan.ts';
import {stepKinds} from '../../../source/repair/steps/index.ts';
import {patchConfigMap} from '../../../source/repair/steps/patch-configmap.ts';
import {rollBackRun, unfinishedRun, type RepairSetting} from '../../../source/repair/run/repair.ts';
import {stepsToUndo} from '../../../source/repair/run/rollback.ts';
import {hostileText, raw} from '../../support/hostile-text.ts';
import {simulatedCluster, type SimulatedCluster} from '../simulation/cluster.ts';
import {fix, planFor, settingFor} from '../simulation/run.ts';

const id = '20240207-020000-abcd';
const zip = promisify(gzip);

type Loose = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- the journal is edited as a stranger would

/** Journals that hold every kind of step, of runs that came to their end. */
const genuine: Journal[] = [];
beforeAll(async () => {
	const withConfigs = simulatedCluster({hasNodeConfigs: true, version: '1.13.4'});
	const runs = [
		await fix(simulatedCluster(), {choice: {strategy: 'portmap', sources: ['portmap'], daemonSet: true}}),
		await fix(withConfigs, {nodeConfigApi: 'cilium.io/v2alpha1'}),
	];
	for (const run of runs) genuine.push(JSON.parse(JSON.stringify(run!.journal)) as Journal);
	const native = planFor(simulatedCluster(), {strategy: 'native'});
	const [first] = genuine;
	genuine.push({...first!, plan: native, entries: {}});
});

const copy = (journal: Journal): Loose => structuredClone(journal);

function withStep(kind: string, change: (step: Loose, journal: Loose) => void): Loose {
	const journal = genuine.find(({plan}) => plan.steps.some(step => step.kind === kind));
	if (journal === undefined) throw new Error(`no journal with ${kind}`);
	const changed = copy(journal);
	change(
		changed['plan'].steps.find((step: Loose) => step['kind'] === kind),
		changed,
	);
	return changed;
}

const kinds = stepKinds.map(({kind}) => kind);
const takesNothing = (kind: string): boolean => stepKinds.some(each => each.kind === kind && each.parameters.safeParse({}).success);

test('a genuine journal is read as it was written, whatever kinds it has', () => {
	const seen = new Set<string>();
	for (const journal of genuine) {
		const read = readJournal(copy(journal), 'it');
		expect(read.plan.steps.map(({id: step}) => step)).toEqual(journal.plan.steps.map(({id: step}) => step));
		expect(read.plan.steps.map(({parameters}) => parameters)).toEqual(journal.plan.steps.map(({parameters}) => parameters));
		expect(read.entries).toEqual(journal.entries);
		for (const step of read.plan.steps) seen.add(step.kind);
	}

	expect([...seen].sort()).toEqual([...kinds].sort());
});

test.each(['1.8.0', '1.10.4', '1.10.16', '1.12.3', '1.13.4', '1.14.2', '1.15.19', '1.17.4', '1.19.6', '1.20.2'])(
	'what a plan writes on %s, and what was there before, may be put back',
	version => {
		for (const strategy of ['portmap', 'native'] as const) {
			const made = planFor(simulatedCluster({version}), {strategy});
			for (const step of stepsOf(made, patchConfigMap)) {
				for (const [key, {from, to}] of Object.entries(step.parameters.changes)) {
					expect([key, isAcceptedValue(version, key, from), isAcceptedValue(version, key, to)]).toEqual([key, true, true]);
					expect([key, mayHaveBeen(version, key, from)]).toEqual([key, true]);
				}
			}

			const journal = {...copy(genuine[0]!), plan: made, entries: {}};
			expect(readJournal(JSON.parse(JSON.stringify(journal)), 'it').plan.steps).toHaveLength(made.steps.length);
		}
	},
);

test.each([
	['1.10.16', 'cni-chaining-mode', 'aws-cni', false],
	['1.10.16', 'cni-chaining-mode', 'none', true],
	['1.10.16', 'cni-chaining-mode', 'Portmap', false],
	['1.17.4', 'cni-chaining-mode', 'Portmap', true],
	['1.20.2', 'cni-chaining-mode', 'generic-veth', false],
	['1.10.16', 'kube-proxy-replacement', 'disabled', true],
	['1.10.16', 'kube-proxy-replacement', 'strict', false],
	['1.15.19', 'kube-proxy-replacement', 'strict', true],
	['1.20.2', 'kube-proxy-replacement', 'true', false],
	['1.20.2', 'kube-proxy-replacement', 'false', true],
	['1.20.2', 'kube-proxy-replacement', 'disabled', false],
	['1.17.4', 'enable-host-port', 'false', true],
	['1.17.4', 'enable-host-port', '$(reboot)', false],
	['1.17.4', 'enable-policy', 'never', false],
])('on %s %s: %s is put back unasked: %s', (version, key, value, isUnasked) => {
	expect(mayHaveBeen(version, key, value)).toBe(isUnasked);
});

describe.each(kinds)('%s', kind => {
	test('an unknown kind, missing or additional parameters and another id are refused', () => {
		const refused = [
			withStep(kind, step => (step['kind'] = 'run-command')),
			withStep(kind, step => (step['kind'] = '__proto__')),
			withStep(kind, step => (step['parameters'] = {...step['parameters'], command: 'sh'})),
			withStep(kind, step => (step['id'] = `${step['id']}-other`)),
			withStep(kind, step => (step['node'] = 'node-1; reboot')),
			withStep(kind, step => delete step['parameters']),
			...(takesNothing(kind) ? [] : [withStep(kind, step => (step['parameters'] = {}))]),
		];
		for (const journal of refused) expect(() => readJournal(journal, 'it'), JSON.stringify(journal['id'])).toThrow(UnreadableJournal);
	});

	test('title, undo and preview are derived again', () => {
		const journal = withStep(kind, step => {
			for (const key of ['title', 'undo', 'checkBefore', 'checkAfter', 'blastRadius']) step[key] = '\u001B]0;PWN\u0007 harmless';
			step['preview'] = {text: '\u001B[2J harmless', changes: [{node: '', path: 'x', neededPath: 'x', current: 'a', needed: 'b'}]};
		});
		const read = readJournal(journal, 'it').plan.steps.find(step => step.kind === kind);
		expect(JSON.stringify(read)).not.toMatch(/harmless|PWN|\\u001b/u);
	});

	test('another namespace is refused', () => {
		const journal = withStep(kind, step => {
			if ('namespace' in step['parameters']) step['parameters'].namespace = 'observability';
		});
		if (kind === 'recreate-pods' || !JSON.stringify(journal).includes('observability')) return;
		expect(() => readJournal(journal, 'it')).toThrow(/namespace observability/u);
	});
});

/** Everything that stands in a value, by the way to it. */
function placesIn(
	value: unknown,
	path: readonly string[] = [],
): ReadonlyArray<{readonly path: readonly string[]; readonly value: unknown}> {
	const inner = typeof value === 'object' && value !== null ? Object.entries(value) : [];
	return [...(path.length === 0 ? [] : [{path, value}]), ...inner.flatMap(([key, each]) => placesIn(each, [...path, key]))];
}

/** Texts and keys of a value that do something where they are shown. */
const rawIn = (value: unknown): readonly unknown[] =>
	placesIn(value)
		.flatMap(({path, value: each}) => [path.at(-1), each])
		.filter(each => typeof each === 'string' && raw.test(each));

/** Puts another value into a place; undefined: with nothing there. */
function withValue(whole: Loose, [key = '', ...rest]: readonly string[], value: unknown): void {
	if (rest.length > 0) withValue(whole[key] as Loose, rest, value);
	else if (value === undefined) delete whole[key];
	else whole[key] = value;
}

/** What a stranger may write where a value of this type stands. None of it is a value that a plan could have. */
const strange = (value: unknown): readonly unknown[] =>
	value === null
		? [7, {}]
		: typeof value === 'string'
			? [7, {}, [value]]
			: typeof value === 'object'
				? ['text', 7]
				: ['text', {}, -1, 1e12, 1.5];

/** The journal as it is read; undefined where it is refused as one that this program could not have written. */
function readOrRefused(journal: Loose): Journal | undefined {
	try {
		return readJournal(journal, 'it');
	} catch (error) {
		expect(error).toBeInstanceOf(UnreadableJournal);
		return undefined;
	}
}

/** Those that journals of an earlier version do not have: without them a step is what it was then. */
const laterFields = new Set(['cniVersions', 'keepsOld', 'isRefuted']);

describe.each(kinds)('each field of %s', kind => {
	const parametersOf = (): Loose => genuine.flatMap(({plan}) => plan.steps).find(step => step.kind === kind)!.parameters as Loose;
	const readWith = (path: readonly string[], value: unknown): unknown => {
		const journal = withStep(kind, step => withValue(step['parameters'], path, value));
		return readOrRefused(journal)?.plan.steps.find(step => step.kind === kind)?.parameters;
	};

	test('is refused with a value of another type', () => {
		for (const {path, value} of placesIn(parametersOf()))
			for (const other of strange(value)) expect(readWith(path, other), `${path.join('.')}: ${JSON.stringify(other)}`).toBeUndefined();
	});

	test('is refused where it is not there', () => {
		for (const path of Object.keys(parametersOf()).filter(each => !laterFields.has(each)))
			expect(readWith([path], undefined), path).toBeUndefined();
	});

	test('is refused, or made printable, where it is hostile text', () => {
		for (const {path, value} of placesIn(parametersOf())) {
			if (typeof value !== 'string') continue;
			const read = readWith(path, hostileText);
			if (read !== undefined) expect(rawIn(read), path.join('.')).toEqual([]);
		}
	});

	test('that was captured is refused or made printable too', () => {
		for (const journal of genuine) {
			for (const {id: step} of journal.plan.steps.filter(each => each.kind === kind)) {
				for (const {path, value} of placesIn(journal.entries[step]?.before ?? {})) {
					const changed = copy(journal);
					withValue(changed['entries'][step].before, path, typeof value === 'string' ? hostileText : {nested: {}});
					const read = readOrRefused(changed);
					expect(rawIn(read?.entries[step]?.before ?? null), path.join('.')).toEqual([]);
				}
			}
		}
	});
});

/** What stands for a path, an option, a command or another name, where one name is meant. */
const otherForms = ['../x', '/etc/cron.d/../x', '-rf', 'a b', '$(reboot)', 'x;reboot', 'A\nb', '%2e%2e', '', 'x'.repeat(300)];
/** Texts that are shown or compared, and lead to nothing: the last key of their path, `*` for the keys of a map. */
const freeTexts: Readonly<Record<string, readonly string[]>> = {
	'guard-new-nodes': ['image', 'was'],
	'patch-configmap': ['from', 'resourceVersion', 'seen.*', 'before.*'],
	'put-binary': ['was', 'answer', 'sha256', 'mode', 'put'],
	'recreate-pods': ['there.*', 'places.*'],
	'roll-agents': ['mark', 'strategy', 'agents.*'],
	'test-pod': ['image', 'name'],
};
/** An empty one is what a bare pod has for an owner, a key for its value, and a cluster for what is not known. */
const mayBeEmpty: ReadonlySet<string> = new Set(['owner', 'to', 'architecture', 'address', 'settings.*', 'architectures.*']);

describe.each(kinds)('each name of %s', kind => {
	const isFree = (path: readonly string[]): boolean =>
		(freeTexts[kind] ?? []).some(each => each === path.at(-1) || (each.endsWith('.*') && path.at(-2) === each.slice(0, -2)));
	const isEmptyOnPurpose = (path: readonly string[], other: string): boolean =>
		other === '' && [path.at(-1), `${path.at(-2)}.*`].some(each => mayBeEmpty.has(String(each)));

	test('is refused in the form of a path, an option or a command, with the id that goes with it', () => {
		const row = stepKinds.find(each => each.kind === kind)!;
		const own = genuine.flatMap(({plan}) => plan.steps).find(step => step.kind === kind)!.parameters as Loose;
		for (const {path, value} of placesIn(own)) {
			if (typeof value !== 'string' || isFree(path)) continue;
			for (const other of otherForms) {
				if (isEmptyOnPurpose(path, other)) continue;
				const journal = withStep(kind, (step, whole) => {
					withValue(step['parameters'], path, other);
					step['id'] = row.words(step['node'], step['parameters']).id;
					whole['entries'] = {};
				});
				expect(readOrRefused(journal), `${path.join('.')}: ${other}`).toBeUndefined();
			}
		}
	});

	test('that was captured is refused so too', () => {
		for (const journal of genuine) {
			for (const {id: step} of journal.plan.steps.filter(each => each.kind === kind)) {
				for (const {path, value} of placesIn(journal.entries[step]?.before ?? {})) {
					if (typeof value !== 'string' || isFree(['before', ...path])) continue;
					for (const other of otherForms) {
						const changed = copy(journal);
						withValue(changed['entries'][step].before, path, other);
						expect(readOrRefused(changed), `${path.join('.')}: ${other}`).toBeUndefined();
					}
				}
			}
		}
	});

	test('may have no companion, at any depth', () => {
		const journals = placesIn({parameters: genuine.flatMap(({plan}) => plan.steps).find(step => step.kind === kind)!.parameters})
			.filter(({value}) => typeof value === 'object' && value !== null && !Array.isArray(value))
			.map(({path}) => withStep(kind, step => withValue(step, [...path, 'command'], path.at(-1) === 'seen' ? {} : 'sh')));
		for (const journal of journals) expect(readOrRefused(journal)).toBeUndefined();
	});
});

type Field = readonly [name: string, kind: string, change: (step: Loose, journal: Loose) => void];

const fields: readonly Field[] = [
	['another ConfigMap', 'patch-configmap', ({parameters}) => (parameters.name = 'coredns')],
	['a foreign key', 'patch-configmap', ({parameters}) => (parameters.changes['enable-policy'] = {from: null, to: 'true'})],
	['an evil value', 'patch-configmap', ({parameters}) => (parameters.changes['cni-chaining-mode'].to = '$(reboot)')],
	['a path as DaemonSet', 'roll-agents', ({parameters}) => (parameters.daemonSet = '../pods')],
	['a CNI version that is none', 'put-binary', ({parameters}) => (parameters.cniVersions = ['1.0.0; rm -rf /'])],
	['a folder that leads elsewhere', 'put-binary', ({parameters}) => (parameters.folder = '/opt/cni/../../etc')],
	['a static pod as workload', 'recreate-pods', ({parameters}) => (parameters.owner = 'Node/node-1')],
	['no pods at all', 'recreate-pods', ({parameters}) => (parameters.pods = [])],
	['another API', 'canary-config', ({parameters}) => (parameters.api = 'v1/namespaces/x/secrets?')],
	['another setting of the first node', 'canary-config', ({parameters}) => (parameters.settings['enable-policy'] = 'never')],
	['a privileged port', 'test-pod', ({parameters}) => (parameters.hostPort = 22)],
	['an address that is a command', 'test-pod', ({parameters}) => (parameters.address = '1.1.1.1;reboot')],
	['a mark that is no time', 'roll-agents', ({id: step}, journal) => (journal['entries'][step].before.was = '\u001B[2J')],
	['an entry of no step', 'final-proof', (_, journal) => (journal['entries']['other'] = journal['entries']['proof'])],
	['a newer version', 'final-proof', (_, journal) => (journal['apiVersion'] = 'hostport.dev/v2')],
	[
		'pods restarted for no change',
		'recreate-pods',
		(_, {plan}) => (plan.steps = plan.steps.filter(({kind}: Loose) => kind === 'recreate-pods')),
	],
	['an id of another form', 'final-proof', (_, journal) => (journal['id'] = '../../x')],
	['another outcome', 'final-proof', (_, journal) => (journal['outcome'] = 'great')],
];
test.each(fields)('%s is refused, in two lines', (_, kind, change) => {
	const journal = withStep(kind, change);
	const error = ((): unknown => {
		try {
			return readJournal(journal, 'it');
		} catch (thrown) {
			return thrown;
		}
	})();
	expect(error).toBeInstanceOf(UnreadableJournal);
	expect((error as UnreadableJournal).message).toMatch(/^[\u0020-\u007E…]+$/u);
	expect((error as UnreadableJournal).hint).toMatch(/^Nothing in it is carried out\./u);
});

/** Puts a journal into the cluster as somebody else would. */
async function plant(
	cluster: SimulatedCluster,
	journal: Loose,
	parts: {readonly name?: string; readonly plan?: string} = {},
): Promise<void> {
	const pack = async (value: unknown): Promise<string> => (await zip(JSON.stringify(value))).toString('base64');
	const {id: run, startedAt, updatedAt, by, outcome} = journal;
	const name = parts.name ?? `hostport-run-${run}`;
	const data = {
		id: run,
		startedAt,
		updatedAt,
		by,
		outcome,
		plan: parts.plan ?? (await pack(journal['plan'])),
		state: await pack(journal['entries']),
	};
	const labels = {'app.kubernetes.io/managed-by': 'kubectl-hostport', 'hostport.dev/kind': 'run'};
	cluster.configMaps.set(name, {metadata: {name, resourceVersion: '1', labels}, data});
}

const listed = async (cluster: SimulatedCluster) => listJournals(settingFor(cluster).client, 'kube-system', new AbortController().signal);

/** A setting in which a run is interrupted as soon as it comes to a step of this kind. */
function interruptedAfter(cluster: SimulatedCluster, kind: string): Partial<RepairSetting> {
	const stop = new AbortController();
	return {
		...cluster.connect(),
		signal: stop.signal,
		onEvent: event => {
			if (event.type === 'step' && event.step.kind === kind) stop.abort(new Error('enough'));
		},
	};
}

describe('in the cluster', () => {
	const journal = (): Loose => ({...copy(genuine[0]!), id, outcome: 'failed'});

	test('the name has to be that of the run, and the namespace the one that it was found in', async () => {
		const cluster = simulatedCluster();
		await plant(cluster, journal(), {name: 'hostport-run-20240207-020000-ffff'});
		const other = journal();
		other['plan'].namespace = 'observability';
		for (const step of other['plan'].steps)
			if ('namespace' in step.parameters && step.kind !== 'recreate-pods') step.parameters.namespace = 'observability';
		await plant(cluster, other);
		const {journals, damaged} = await listed(cluster);
		expect(journals).toEqual([]);
		expect(damaged.map(({name}) => name).sort()).toEqual([`hostport-run-${id}`, 'hostport-run-20240207-020000-ffff'].sort());
	});

	test('what unpacks to more than 32 MiB is not unpacked', async () => {
		const cluster = simulatedCluster();
		const bomb = (await zip(Buffer.alloc(40 * 1024 * 1024, ' '))).toString('base64');
		for (let count = 0; count < 8; count += 1) await plant(cluster, {...journal(), id: `20240207-020000-000${count}`}, {plan: bomb});
		const {journals, damaged} = await listed(cluster);
		expect(journals).toEqual([]);
		expect(damaged).toHaveLength(8);
	});

	test.each([
		['eight million levels', (plan: string) => plan.replace('"@"', '['.repeat(8e6) + ']'.repeat(8e6))],
		['five million empty steps', (plan: string) => plan.replace('"@"', `[${'{},'.repeat(5e6)}{}]`)],
		['two hundred thousand steps that are none', (plan: string) => plan.replace('"@"', `[${'{"id":1},'.repeat(2e5)}{}]`)],
	])('%s in a few kilobytes are refused in seconds', {timeout: 30_000}, async (_, written) => {
		const cluster = simulatedCluster();
		const whole = JSON.stringify({...journal()['plan'], steps: '@'});
		await plant(cluster, journal(), {plan: (await zip(written(whole))).toString('base64')});
		const {damaged} = await listed(cluster);
		expect(damaged.map(({name}) => name)).toEqual([`hostport-run-${id}`]);
		expect(damaged[0]?.error.message).toMatch(/nested deeper than|more than \d+ values|a step: id/u);
	});

	test('one that cannot be read stops fix, unless it says that it has ended', async () => {
		const cluster = simulatedCluster();
		const strange = journal();
		strange['plan'].steps[0].kind = 'later-kind';
		await plant(cluster, strange);
		const {client, clock, signal} = settingFor(cluster);
		const asked = async (): Promise<unknown> => unfinishedRun(client, 'kube-system', clock, signal);
		await expect(asked()).rejects.toThrow(/kind of step: later-kind/u);
		await plant(cluster, {...strange, outcome: 'done'});
		await expect(asked()).resolves.toBeUndefined();
	});

	test('a value that this Cilium does not take is not put back, and the rest is said to be undone in part', async () => {
		const cluster = simulatedCluster();
		const ended = await fix(cluster);
		const forged = copy(ended!.journal);
		forged['entries']['configmap'].before['cni-chaining-mode'] = 'evil';
		const {end} = await rollBackRun(readJournal(forged, 'it'), settingFor(cluster));
		expect(end.outcome).toBe('rollback-failed');
		expect(String(end.error)).toMatch(/cni-chaining-mode: evil, which Cilium 1\.10\.16 does not take/u);
		expect(cluster.configMaps.get('cilium-config')?.data?.['cni-chaining-mode']).toBe('portmap');
	});

	test('such a value is shown whole and asked for, and a yes is to that value alone', async () => {
		const cluster = simulatedCluster();
		const ended = await fix(cluster);
		const forged = copy(ended!.journal);
		forged['entries']['configmap'].before['cni-chaining-mode'] = 'evil';
		const read = readJournal(forged, 'it');
		const weighed = async (vouched: Iterable<string>, of = read) => {
			const {client, clock, signal} = settingFor(cluster);
			return doubtsAbout(of, stepsToUndo(of), 'undo', {client, clock, signal, vouched: new Set(vouched)});
		};
		const [doubt, ...more] = await weighed([]);
		expect(more).toEqual([]);
		expect(doubt).toMatchObject({
			about: 'cilium-config',
			shown: 'cni-chaining-mode: evil\n',
			question: expect.stringMatching(/of cni-chaining-mode\?$/u),
		});
		expect(await weighed([doubt!.id])).toEqual([]);
		expect(await weighed([JSON.stringify(['cni-chaining-mode', 'other'])])).toHaveLength(1);
		const {end} = await rollBackRun(read, settingFor(cluster, {vouched: [doubt!.id]}));
		expect(end.outcome).toBe('rolled-back');
		expect(cluster.configMaps.get('cilium-config')?.data?.['cni-chaining-mode']).toBe('evil');
		// What was really there needs nobody's yes.
		const genuineRead = readJournal(copy(ended!.journal), 'it');
		expect(await weighed([], genuineRead)).toEqual([]);
	});

	test('what a journal says of Cilium’s version does not decide which values are put back', () => {
		const cluster = simulatedCluster({version: '1.20.2'});
		const claimed = {...genuine[0]!, plan: {...genuine[0]!.plan, ciliumVersion: '1.10.16'}};
		const seen = onThisCluster(claimed, {...cluster.look(), kubernetes: 'v1.33.0'});
		expect([seen.plan.ciliumVersion, seen.plan.kubernetes]).toEqual(['1.20.2', 'v1.33.0']);
		expect(isAcceptedValue('1.10.16', 'kube-proxy-replacement', 'strict')).toBe(true);
		expect(isAcceptedValue('1.20.2', 'kube-proxy-replacement', 'strict')).toBe(false);
	});

	test('pods without a hostPort are not restarted, and a manifest in the journal makes no pod', async () => {
		const cluster = simulatedCluster();
		const ended = await fix(cluster);
		const forged = copy(ended!.journal);
		cluster.hideHostPorts();
		const step = forged['plan'].steps.find(({kind}: Step) => kind === 'recreate-pods');
		const evil = JSON.stringify({apiVersion: 'v1', kind: 'Pod', metadata: {name: 'evil', namespace: 'default'}, spec: {hostPID: true}});
		forged['entries'][step.id].before = {there: [], manifest: evil};
		const before = cluster.log.length;
		await rollBackRun(readJournal(forged, 'it'), settingFor(cluster));
		expect(cluster.log.slice(before).join()).not.toMatch(/create pod evil|evict/u);
		expect([...cluster.helperPods.keys()]).toEqual([]);
	});

	describe('a folder that a journal names, in which no runtime has its plugins', () => {
		const folder = '/etc/cron.d';
		const opened: string[] = [];
		/** Where something was put or removed. */
		const watched = (cluster: SimulatedCluster) => {
			opened.length = 0;
			const {client, clock, tools} = cluster.connect();
			const openWriter: typeof tools.openWriter = async (node, where, signal) => {
				opened.push(where);
				return tools.openWriter(node, where, signal);
			};
			return {client, clock, tools: {...tools, openWriter}};
		};
		const forge = (journal: Journal, state: string): Journal => {
			const changed = copy(journal);
			changed['outcome'] = 'failed';
			const step = changed['plan'].steps.find(({kind}: Step) => kind === 'put-binary');
			Object.assign(step.parameters, {folder, keepsOld: true});
			changed['entries'][step.id] = {state, seconds: 0, says: '', before: {was: 'too old', sha256: '0', put: '0', answer: ''}};
			return readJournal(changed, 'it');
		};

		test.each(['done', 'started'])('is not touched by a rollback of a step that is %s, unless a person says yes', async state => {
			const cluster = simulatedCluster();
			const journal = forge((await fix(cluster))!.journal, state);
			const {end} = await rollBackRun(journal, settingFor(cluster, watched(cluster)));
			expect(opened).toEqual([]);
			expect(end.outcome).toBe('rollback-failed');
			expect(String(end.error)).toContain('/etc/cron.d of node-1, which is not a usual folder of CNI binaries');

			const {client, clock, signal} = settingFor(cluster);
			const weighed = async (vouched: Iterable<string>) =>
				doubtsAbout(journal, stepsToUndo(journal), 'undo', {client, clock, signal, vouched: new Set(vouched)});
			const [doubt, ...more] = await weighed([]);
			expect([doubt?.shown, more]).toEqual([`${folder}\n`, []]);
			expect(await weighed([doubt!.id])).toEqual([]);
			const [left] = (await listed(cluster)).journals;
			const again = await rollBackRun(left!, {...settingFor(cluster, watched(cluster)), vouched: new Set([doubt!.id])});
			expect(opened).toContain(folder);
			expect(again.end.outcome).toBe('rolled-back');
		});

		test('is not touched by a repair that goes on', async () => {
			const cluster = simulatedCluster();
			const journal = forge((await fix(cluster))!.journal, 'started');
			cluster.configMaps.delete(`hostport-run-${journal.id}`);
			await plant(cluster, journal);
			await fix(cluster, {setting: watched(cluster)});
			expect(opened).not.toContain(folder);
		});
	});

	test('a test pod is made where this command makes its pods, wherever the journal says that an earlier one was', async () => {
		const cluster = simulatedCluster();
		const ended = await fix(cluster, {setting: interruptedAfter(cluster, 'test-pod')});
		const forged = copy(ended!.journal);
		const step = forged['plan'].steps.find(({kind}: Step) => kind === 'test-pod');
		forged['entries'][step.id] = {state: 'failed', seconds: 0, says: '', before: {name: 'x', namespace: 'observability'}};
		cluster.configMaps.delete(`hostport-run-${forged['id']}`);
		await plant(cluster, {...forged, outcome: 'failed'});
		const made: string[] = [];
		const {client, clock, tools} = cluster.connect();
		const watching: typeof client = {
			...client,
			async request<T>(request: Parameters<typeof client.request>[0]): Promise<T> {
				if (request.method === 'POST' && request.path.endsWith('/pods')) made.push(request.path);
				return client.request<T>(request);
			},
		};
		const end = await fix(cluster, {setting: {client: watching, clock, tools: {...tools, client: watching}}});
		expect(end?.end.outcome).toBe('done');
		expect(new Set(made)).toEqual(new Set(['/api/v1/namespaces/kube-system/pods']));
		expect(end?.journal.entries[step.id]?.before).toMatchObject({namespace: 'kube-system'});
	});

	test('another DaemonSet than that of the agents is refused before anything is asked', () => {
		const {cilium} = simulatedCluster().look();
		expect(() => assertOwnCluster(genuine[0]!, cilium)).not.toThrow();
		const foreign = withStep('roll-agents', ({parameters}) => (parameters.daemonSet = 'web'));
		expect(() => assertOwnCluster(readJournal(foreign, 'it'), cilium)).toThrow(/DaemonSet web/u);
	});
});

describe('the copy of this machine', () => {
	test('binds what it captured and finished', () => {
		const [own] = genuine;
		expect(contradiction(own!, own!)).toBeUndefined();
		const changed = copy(own!);
		changed['entries']['configmap'].before['cni-chaining-mode'] = 'aws-cni';
		expect(contradiction(changed as Journal, own!)?.message).toMatch(/configmap \(cni-chaining-mode was null\)/u);
		const forgotten = copy(own!);
		delete forgotten['entries']['configmap'];
		expect(contradiction(forgotten as Journal, own!)).toBeDefined();
	});

	test('binds nothing of a run that another machine went on with, or that was killed between the two writes', () => {
		const [whole] = genuine;
		const ahead = copy(whole!);
		ahead['outcome'] = 'running';
		for (const state of Object.values(ahead['entries'] as Record<string, Loose>).slice(-3))
			Object.assign(state, {state: 'pending', before: null});
		// Behind: the other machine has finished it. Ahead: this machine wrote a step, and was killed before the cluster had it.
		expect(contradiction(whole!, ahead as Journal)).toBeUndefined();
		expect(contradiction(ahead as Journal, {...whole!, outcome: 'running'})).toBeUndefined();
	});

	// Lines of a run that grows by a factor of five may take some six times as long, not 25 times; work is counted, not time.
	test('costs no copy of all states for each line', () => {
		const [own] = genuine;
		const whole = copy(own!);
		const like = whole['plan'].steps.find(({kind}: Loose) => kind === 'put-binary');
		const nodes = Array.from({length: 2000}, (_, index) => `n-${index}`);
		whole['plan'].steps = nodes.map(node => ({...like, id: `binary/${node}`, node}));
		whole['entries'] = {};
		const entry = {state: 'done', before: {was: 'not there'}, seconds: 1, says: 'it answers'};
		const later = nodes.map(node => JSON.stringify({updatedAt: 'x', outcome: 'running', entries: {[`binary/${node}`]: entry}}));
		const read = parseJournalFile([JSON.stringify(whole), ...later].join('\n'), 'it');
		expect(Object.values(read.entries).filter(({state}) => state === 'done')).toHaveLength(2000);
	});

	test('is read line by line, text made printable, and in time that grows with its length alone', () => {
		const [own] = genuine;
		const bad = {
			updatedAt: 'x',
			outcome: 'done',
			entries: {configmap: {state: 'done', before: null, seconds: 0, says: '\u001B]52;c;\u0007\u001B[2J'}},
		};
		const read = parseJournalFile(`${JSON.stringify(own)}\n${JSON.stringify(bad)}\n{"cut`, 'it');
		expect(read.entries['configmap']).toMatchObject({state: 'done', says: ''});
		expect(stepsToUndo(read).map(({kind}) => kind)).toContain('patch-configmap');
	});
});

test('a journal of an earlier version, whose binary steps know no CNI versions, is read as one that asks for none', () => {
	const changed = withStep('put-binary', (_step, journal) => {
		for (const step of journal['plan'].steps.filter(({kind}: Loose) => kind === 'put-binary'))
			for (const key of ['cniVersions', 'keepsOld', 'isRefuted']) delete step.parameters[key];
		for (const place of journal['plan'].binaries) delete place.cniVersions;
	});
	const {plan} = readJournal(changed, 'test');
	expect(plan.steps[0]?.parameters).toMatchObject({cniVersions: [], keepsOld: false, isRefuted: false});
	expect(plan.binaries[0]?.cniVersions).toEqual([]);
});
