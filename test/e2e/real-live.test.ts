import {afterEach, beforeAll, expect, inject, test} from 'vitest';
import {openTerminal, type TerminalProgram} from '../support/terminal.ts';
import {kubectl} from './support/kubectl.ts';
import {expectRealWeb} from './support/places.ts';
import {portmap, startOver, chartValues} from './support/real-cluster.ts';
import {nothingStaysBehind} from './support/suite.ts';
import {kubeconfig, namespace} from './support/tested-cluster.ts';

const enter = '\r';
const down = '\u001B[B';
let terminal: TerminalProgram | undefined;

nothingStaysBehind();
beforeAll(async () => startOver(chartValues.none));
afterEach(() => terminal?.signal('SIGTERM'));

const open = (words: readonly string[]): TerminalProgram =>
	openTerminal(words, {columns: 120, rows: 36, environment: {KUBECONFIG: kubeconfig}, program: inject('program')});
const secondsSince = (time: number): string => ((performance.now() - time) / 1000).toFixed(1);

const patch = (of: string, kind: string, name: string, part: object): readonly string[] => [
	'--namespace',
	of,
	'patch',
	kind,
	name,
	'--type=merge',
	`--patch=${JSON.stringify(part)}`,
];
const webOn = (nodeSelector: object | null): readonly string[] =>
	patch(namespace, 'daemonset', 'web', {spec: {template: {spec: {nodeSelector}}}});
const chaining = (mode: string | null): readonly string[] =>
	patch('kube-system', 'configmap', 'cilium-config', {data: {'cni-chaining-mode': mode}});

/** What somebody else does with kubectl, and what shows it on the screen. */
const changes: ReadonlyArray<readonly [what: string, words: readonly string[], shows: RegExp]> = [
	['cilium-config chains portmap', chaining('portmap'), /cni-chaining-mode: portmap/u],
	['and no longer', chaining(null), /cni-chaining-mode is absent/u],
	['a node is labelled as virtual', ['label', 'node', 'node-2', 'type=virtual-kubelet'], /skipped +node-2/u],
	['and is no longer', ['label', 'node', 'node-2', 'type-'], /broken +node-2 +HP01 +0\/2/u],
	['no pod has a hostPort any more', webOn({is: 'nowhere'}), /ok +node-1 +HP01 +–[\s\S]*ok +node-2 +HP01 +–/u],
	['and pods have one again', webOn(null), /broken +node-1 +HP01 +0\/2[\s\S]*broken +node-2 +HP01 +0\/2/u],
];

test('what somebody else changes with kubectl stands on the screen', async () => {
	terminal = open([]);
	await terminal.waitFor(/HP01/u, 90);
	await terminal.waitFor(/\blive\b/u, 90);
	for (const [what, words, shows] of changes) {
		const begun = performance.now();
		await kubectl(words);
		const taken = performance.now();
		await terminal.waitFor(shows, 180);
		console.log(`${what}: ${secondsSince(taken)} s after kubectl had ended, ${secondsSince(begun)} s after it began`);
	}

	terminal.type('q');
	expect((await terminal.ended()).exitCode).toBe(0);
});

test('six keys, a file and the name of the cluster lead from launch to a proven repair', async () => {
	await startOver(chartValues.none);
	const name = (await kubectl(['config', 'view', '--output=jsonpath={.clusters[0].name}'])).trim();
	const own = (terminal = open([]));
	const begun = performance.now();
	let keys = 0;
	const press = (key: string): void => {
		keys += 1;
		own.type(key);
	};
	const told = (what: string): void => console.log(`${what}: ${secondsSince(begun)} s after launch, ${keys} keys`);
	await own.waitFor(/F +repair by portmap/u, 90);
	told('what repairs it');
	press('F');
	await own.waitFor(/› \( \) release/u, 90);
	press(down);
	await own.waitFor('› ( ) another');
	press(enter);
	await own.waitFor(/portmap from +_/u);
	own.type(portmap);
	await own.waitFor(`portmap from  ${portmap}_`);
	press(enter);
	await own.waitFor(/› Repair +portmap: installs portmap on 2 nodes/u, 90);
	told('the plan');
	press(enter);
	await own.waitFor(`Type the name of the cluster to go on: ${name}`, 120);
	own.type(name);
	await own.waitFor(new RegExp(`›  ${name}_`, 'u'));
	press(enter);
	told('the run begins');
	await own.waitFor(/✓ Run \S+ is done/u, 300);
	await own.waitFor(/4 of 4 hostPorts answer; before none of the 2 tried then did/u, 120);
	told('every hostPort answers');
	expect(keys).toBe(6);
	await expectRealWeb('web');
	own.type('q');
	expect((await own.ended()).exitCode).toBe(0);
});
