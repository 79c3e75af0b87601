import {afterEach, beforeAll, expect, inject, test} from 'vitest';
import {openTerminal, type TerminalProgram} from '../support/terminal.ts';
import {kubectl} from './support/kubectl.ts';
import {expectRealWeb} from './support/places.ts';
import {portmap, startOver, stateOfNodes, ways} from './support/real-cluster.ts';
import {expectPodsStart} from './support/repair.ts';
import {nothingStaysBehind} from './support/suite.ts';
import {kubeconfig} from './support/tested-cluster.ts';

const enter = '\r';
let terminal: TerminalProgram | undefined;

nothingStaysBehind();
beforeAll(async () => startOver(ways.none));
afterEach(() => terminal?.signal('SIGTERM'));

test('the wizard leads from the case to ports that answer, and back', async () => {
	const before = await stateOfNodes();
	const name = (await kubectl(['config', 'view', '--output=jsonpath={.clusters[0].name}'])).trim();
	terminal = openTerminal([], {columns: 100, rows: 30, environment: {KUBECONFIG: kubeconfig}, program: inject('program')});
	await terminal.waitFor(/HP01.*\n(?:.*\n)*.*F fix|F fix(?:.*\n)*.*HP01/u, 90);
	terminal.type('F');
	await terminal.waitFor('choose the way', 90);
	terminal.type(enter);
	const way = await terminal.waitFor('this way');
	expect(way).toMatch(/native/u);
	// Which way is recommended differs by version and settings; the list is walked to portmap.
	for (let presses = 0; presses < 3 && !/› portmap/u.test(terminal.screen()); presses += 1) {
		terminal.type('\u001B[B');
		await terminal.waitFor(/› \S/u);
	}

	await terminal.waitFor(/› portmap/u);
	terminal.type(enter);
	await terminal.waitFor('Where is it to come from?');
	terminal.type(portmap);
	await terminal.waitFor(/portmap from/u);
	terminal.type(enter);
	await terminal.waitFor('see the changes', 90);
	terminal.type(enter);
	await terminal.waitFor(/portmap: puts portmap on 2 nodes/u, 90);
	terminal.type('G');
	await terminal.waitFor(/Left for you/u);
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

	terminal.type(enter);
	await terminal.waitFor(/4 of 4 hostPorts answer; before none did/u, 120);
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
