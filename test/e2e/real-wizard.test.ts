import {afterEach, beforeAll, expect, inject, test} from 'vitest';
import {openTerminal, walkTo, type TerminalProgram} from '../support/terminal.ts';
import {kubectl} from './support/kubectl.ts';
import {expectRealWeb} from './support/places.ts';
import {portmap, startOver, stateOfNodes, chartValues} from './support/real-cluster.ts';
import {expectPodsStart} from './support/repair.ts';
import {nothingStaysBehind} from './support/suite.ts';
import {kubeconfig} from './support/tested-cluster.ts';

const enter = '\r';
let terminal: TerminalProgram | undefined;

nothingStaysBehind();
beforeAll(async () => startOver(chartValues.none));
afterEach(() => terminal?.signal('SIGTERM'));

test('the wizard leads from the case to ports that answer, and back', async () => {
	const before = await stateOfNodes();
	const name = (await kubectl(['config', 'view', '--output=jsonpath={.clusters[0].name}'])).trim();
	terminal = openTerminal([], {columns: 100, rows: 30, environment: {KUBECONFIG: kubeconfig}, program: inject('program')});
	await terminal.waitFor(/HP01.*\n(?:.*\n)*.*F fix|F fix(?:.*\n)*.*HP01/u, 90);
	terminal.type('F');
	const plan = await terminal.waitFor(/\( \) another|\( \) portmap/u, 90);
	expect(plan).toMatch(/native/u);
	// Which strategy is recommended differs by version and settings.
	if (!plan.includes('(•) portmap') && !plan.includes('no working portmap')) {
		await walkTo(terminal, '( ) portmap');
		terminal.type(enter);
		await terminal.waitFor('no working portmap', 90);
	}

	await walkTo(terminal, '( ) another');
	terminal.type(enter);
	await terminal.waitFor(/portmap from +_/u);
	terminal.type(portmap);
	await terminal.waitFor(`portmap from  ${portmap}_`);
	terminal.type(enter);
	await terminal.waitFor(/› Repair +portmap: installs portmap on 2 nodes/u, 90);
	await terminal.waitFor(/^(?![\s\S]*connecting)/u, 120);
	terminal.type(enter);
	await terminal.waitFor(`Type the name of the cluster to go on: ${name}`);
	expect(await stateOfNodes()).toEqual(before);
	terminal.type(name);
	await terminal.waitFor(new RegExp(`›  ${name}_`, 'u'));
	terminal.type(enter);
	await terminal.waitFor(/✓ Run \S+ is done/u, 300);
	await expectRealWeb('web');
	await expectPodsStart();

	await terminal.waitFor(/4 of 4 hostPorts answer; before none of the 2 tried then did/u, 120);
	terminal.type('b');
	await terminal.waitFor(/Roll back/u);
	await terminal.waitFor(new RegExp(`›  ${name}_`, 'u'));
	terminal.type(enter);
	await terminal.waitFor(/was rolled back/u, 300);
	expect(await stateOfNodes()).toEqual(before);
	await expectRealWeb('refused');

	terminal.type('q');
	expect((await terminal.ended()).exitCode).toBe(0);
});
