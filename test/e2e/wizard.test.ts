import path from 'node:path';
import {afterEach, beforeEach, describe, expect, inject, test} from 'vitest';
import {openTerminal, walkTo, type TerminalProgram} from '../support/terminal.ts';
import {resetCluster} from './support/cilium.ts';
import {rollOut} from './support/kubectl.ts';
import {expectPodsStart, expectWeb, stateOfRepair} from './support/repair.ts';
import {needsOwnCluster, nothingStaysBehind} from './support/suite.ts';
import {isOwnCluster, kubeconfig, root} from './support/tested-cluster.ts';
import {testedVersions, versions} from './support/versions.ts';

const web = path.join(root, 'test/e2e/workloads/web.yaml');
const otelCollector = path.join(root, 'test/e2e/workloads/otel-collector.yaml');
const portmap = '/usr/lib/cni/portmap';
const name = 'hostport-test';
const enter = '\r';
const sizes = [
	{columns: 120, rows: 36},
	{columns: 80, rows: 24},
] as const;

nothingStaysBehind();

describe.each(testedVersions)('the wizard on Cilium %s', version => {
	const {columns, rows} = sizes[versions.findIndex(each => each.version === version) % sizes.length] ?? sizes[0];
	let before: unknown;
	let terminal: TerminalProgram | undefined;

	beforeEach(async () => {
		if (!isOwnCluster) return;
		await resetCluster(version);
		await rollOut(web, 'deployment/web');
		await rollOut(otelCollector, 'daemonset/otel-collector');
		before = await stateOfRepair();
	});
	afterEach(() => terminal?.signal('SIGTERM'));

	test(`leads from the case to a port that answers, and back, at ${columns}×${rows}`, async context => {
		needsOwnCluster(context, 'it changes Cilium');
		await expectWeb('refused');
		terminal = openTerminal([], {columns, rows, environment: {KUBECONFIG: kubeconfig}, program: inject('program')});
		await terminal.waitFor(/HP01.*\n(?:.*\n)*.*F fix|F fix(?:.*\n)*.*HP01/u, 60);

		// Whatever is wrong is on the first page: the cause, the strategy, and that the binary's source is missing.
		terminal.type('F');
		const plan = await terminal.waitFor('no working portmap. Choose where to get it', 60);
		expect(plan).toMatch(/HP01/u);
		expect(plan).toMatch(/\(•\) portmap +recommended/u);
		await walkTo(terminal, '( ) another');
		terminal.type(enter);
		await terminal.waitFor(/portmap from +_/u);
		terminal.type(portmap);
		await terminal.waitFor(`portmap from  ${portmap}_`);
		terminal.type(enter);
		const checked = await terminal.waitFor(/› Repair +portmap: installs portmap on 2 nodes, changes cilium-config/u, 60);
		expect(checked).toMatch(/amd64 · 2\.\d MB · for 2 nodes/u);
		expect(checked).toMatch(/sha256  [\da-f]{16}/u);
		// Every change, down to the last line.
		terminal.type('G');
		await terminal.waitFor('Still to do');
		// Whoever goes on sooner has no connections of before to compare with.
		await terminal.waitFor(/^(?![\s\S]*connecting)/u, 60);

		terminal.type(enter);
		await terminal.waitFor(`Type the name of the cluster to go on: ${name}`);
		terminal.type(`another${enter}`);
		await terminal.waitFor('The name does not match; nothing was changed');
		expect(await stateOfRepair()).toEqual(before);
		terminal.type('\u0015');
		terminal.type(name);
		await terminal.waitFor(new RegExp(`›  ${name}_`, 'u'));
		terminal.type(enter);
		const running = await terminal.waitFor(/› running(?:.*\n)*.*Log/u, 30);
		expect(running).toMatch(/of \d+ steps · \d/u);
		await terminal.waitFor(/✓ Run \S+ is done/u, 300);
		await expectWeb('web');
		await expectPodsStart();
		const proof = await terminal.waitFor(/6 of 6 hostPorts answer; before none did/u, 60);
		expect(proof).toMatch(/✗ refused +✓ answers/u);

		terminal.type('b');
		await terminal.waitFor(/Roll back/u);
		await terminal.waitFor(new RegExp(`›  ${name}_`, 'u'));
		terminal.type(enter);
		await terminal.waitFor(/› undoing(?:.*\n)*.*Log/u, 30);
		await terminal.waitFor(/was rolled back/u, 300);
		expect(await stateOfRepair()).toEqual(before);
		await expectWeb('refused');
		await expectPodsStart();

		terminal.type('q');
		const {exitCode} = await terminal.ended();
		expect(exitCode).toBe(0);
		expect(terminal.isAlternate()).toBe(false);
	});
});
