import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {afterEach, describe, expect, it, vi} from 'vitest';
import {startDemoCluster, type DemoCluster, type DemoScene} from '../../source/demo/demo-cluster.ts';
import {openWizard, type Wizard} from '../../source/live/repair-wizard.ts';
import {look, type Look} from '../../source/session/look.ts';
import type {Scope} from '../../source/session/session.ts';
import {openAccesses} from '../../source/session/node-accesses.ts';
import type {Repair} from '../../source/tui/repair/values.ts';
import {createStore} from '../../source/tui/store.ts';
import {quietSession} from '../support/session.ts';

const closers: Array<() => Promise<void> | void> = [];

afterEach(async () => {
	for (const close of closers.splice(0).toReversed()) await close();
});

type Played = {
	readonly wizard: Wizard;
	readonly repair: () => Repair;
	/** Waits until what the pages show is so. */
	readonly until: (isSo: (repair: Repair) => boolean) => Promise<Repair>;
	readonly demo: DemoCluster;
	readonly looks: () => number;
	/** Codes of the findings of the last look. */
	readonly found: () => readonly string[];
};

async function play(scene: DemoScene, scope: Partial<Scope> = {}): Promise<Played> {
	const demo = await startDemoCluster({scene});
	const state = mkdtempSync(path.join(os.tmpdir(), 'hostport-wizard-'));
	closers.push(
		() => rmSync(state, {recursive: true}),
		() => demo.stop(),
	);
	const session = quietSession(demo.kubeconfig, {
		scope: {nodes: [], ...scope},
		environment: {...process.env, XDG_STATE_HOME: state},
		demoNetwork: demo.connectFromHere,
	});
	const store = createStore('demo');
	let looks = 0;
	let last: Look | undefined;
	const lookAgain = async (): Promise<Look> => {
		looks += 1;
		last = await look(session, {onNotice: () => undefined});
		store.update({phase: null, evidence: last.evidence, diagnosis: last.diagnosis});
		return last;
	};
	await lookAgain();
	const wizard = openWizard(store, session, {
		latest: async () => last,
		lookAgain,
		accesses: await openAccesses(session),
		askSecret: async () => 'no',
		say: () => undefined,
	});
	closers.push(() => wizard.close());
	const repair = (): Repair => store.getSnapshot().repair!;
	return {
		wizard,
		repair,
		demo,
		looks: () => looks,
		found: () => store.getSnapshot().diagnosis!.findings.map(({code}) => code),
		async until(isSo) {
			await vi.waitUntil(() => store.getSnapshot().repair !== null && isSo(repair()), {timeout: 60_000, interval: 10});
			return repair();
		},
	};
}

const opened = ({plans, problem}: Repair): boolean => plans !== null || problem !== null;

describe('the engine of the wizard', () => {
	it('plans for every node, whichever nodes the screens were asked to show', async () => {
		for (const part of [{nodes: ['nks-pool-a-0002']}, {selector: 'kubernetes.io/hostname=nks-pool-a-0002'}]) {
			const {wizard, until} = await play('nks', part);
			wizard.act({do: 'open', marked: []});
			const {plans} = await until(opened);
			const nodes = part.nodes ?? [];
			// Named nodes cannot have cilium-config for themselves: that is refused, not done for them alone.
			if (nodes.length > 0) expect(plans?.portmap.refusals[0]?.message).toContain('which applies to all nodes');
			else expect(plans?.portmap.steps.filter(({kind}) => kind === 'put-binary')).toHaveLength(3);
		}
	});

	it('tells what is wrong with a source, and takes another', async () => {
		const {wizard, until, demo} = await play('nks');
		wizard.act({do: 'open', marked: []});
		await until(opened);
		wizard.act({do: 'prepare', strategy: 'portmap', source: '/nowhere/portmap'});
		const {problem} = await until(({problem: found}) => found !== null);
		expect(problem).toMatchObject({of: 'prepare', source: '/nowhere/portmap'});
		expect(problem?.message).toContain('/nowhere/portmap');
		if (demo.portmap === undefined) return;
		wizard.act({do: 'prepare', strategy: 'portmap', source: demo.portmap});
		const {prepared, run} = await until(({prepared: found}) => found !== null);
		expect(prepared?.binaries).toMatchObject([{architecture: 'amd64', nodes: 3, origin: demo.portmap}]);
		expect(prepared?.serverSays.every(line => line.startsWith('the server accepts'))).toBe(true);
		expect(run).toBeNull();
	});

	it('runs nothing that was not prepared', async () => {
		const {wizard, until, repair} = await play('nks');
		wizard.act({do: 'run'});
		wizard.act({do: 'undo', run: 'none'});
		wizard.act({do: 'stop'});
		wizard.act({do: 'open', marked: []});
		await until(opened);
		wizard.act({do: 'run'});
		expect(repair().run).toBeNull();
	});

	it('takes an option into the plan only when it is told to', async () => {
		const {wizard, until} = await play('mixed');
		wizard.act({do: 'open', marked: []});
		const before = await until(opened);
		expect(before.extras).toMatchObject([{what: 'daemonSet', names: [], isOn: false}]);
		expect(before.plans?.portmap.steps.map(({kind}) => kind)).not.toContain('guard-new-nodes');
		wizard.act({do: 'toggle', what: 'daemonSet'});
		const {plans} = await until(({extras}) => extras[0]?.isOn === true);
		expect(plans?.portmap.steps.map(({kind}) => kind)).toContain('guard-new-nodes');
	});

	it('repairs, proves by a fresh look, and takes it back', async () => {
		const {wizard, until, demo, looks, found} = await play('nks');
		if (demo.portmap === undefined) return;
		wizard.act({do: 'open', marked: []});
		await until(opened);
		wizard.act({do: 'toggle', what: 'daemonSet'});
		wizard.act({do: 'prepare', strategy: 'portmap', source: demo.portmap});
		await until(({prepared}) => prepared !== null);
		const before = looks();
		wizard.act({do: 'run'});
		wizard.act({do: 'open', marked: []});
		const {run} = await until(({run: found}) => found?.end !== null && found !== null);
		expect(run?.end).toMatchObject({outcome: 'done', message: ''});
		expect(run?.steps.map(({kind}) => kind)).toContain('guard-new-nodes');
		expect(run?.steps.every(({state}) => state === 'done' || state === 'skipped')).toBe(true);
		await vi.waitUntil(() => looks() > before, {timeout: 60_000});
		wizard.act({do: 'undo', run: run?.id ?? ''});
		const back = await until(({run: found}) => found?.kind === 'rollback' && found.end !== null);
		expect(back.run?.end?.outcome).toBe('rolled-back');
		expect(back.run?.end?.past?.undo).toEqual([]);
		// As it was: pods without rules, and no rules without pods.
		await vi.waitUntil(() => found().includes('HP01'), {timeout: 60_000});
		expect(found()).not.toContain('HP07');
	}, 120_000);
});
