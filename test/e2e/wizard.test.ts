import path from 'node:path';
import {afterEach, beforeEach, describe, expect, inject, test} from 'vitest';
import {openTerminal, type TerminalProgram} from '../support/terminal.ts';
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

		terminal.type('F');
		const cause = await terminal.waitFor('choose the way', 60);
		expect(cause).toMatch(/HP01/u);
		expect(cause).toMatch(/cni-chaining-mode is absent/u);

		terminal.type(enter);
		const way = await terminal.waitFor('this way');
		expect(way).toMatch(/› portmap  ✓ possible · recommended/u);

		terminal.type(enter);
		await terminal.waitFor('Where is it to come from?');
		terminal.type(portmap);
		await terminal.waitFor(`portmap from  ${portmap}_`);
		terminal.type(enter);
		const binary = await terminal.waitFor('see the changes', 60);
		expect(binary).toMatch(/amd64 · 2\.\d MB · for 2 nodes/u);
		expect(binary).toMatch(/sha256  [\da-f]{16}/u);

		terminal.type(enter);
		await terminal.waitFor(/portmap: puts portmap on 2 nodes, changes cilium-config(?:.|\n)*Before you say yes/u, 60);
		// Every change, down to the last line.
		terminal.type('G');
		await terminal.waitFor(/Left for you(?:.|\n)*What stands before the nodes/u);
		// Whoever confirms sooner has no connections of before to compare with.
		await terminal.waitFor(/^(?![\s\S]*connecting)/u, 60);

		terminal.type(enter);
		await terminal.waitFor(`Type the name of the cluster to go on: ${name}`);
		terminal.type(`another${enter}`);
		await terminal.waitFor('That is another name; nothing was changed');
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

		terminal.type(enter);
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
