// The terminal UI over a cluster that others change meanwhile.
import {existsSync} from 'node:fs';
import {afterEach, beforeEach, expect, it, vi} from 'vitest';
import {typedProgram} from '../support/built.ts';
import {openFaultyDemo, type FaultyDemo} from '../support/faulty-demo.ts';
import {openShell, openTerminal} from '../support/terminal.ts';

let cluster: FaultyDemo;
let demo: FaultyDemo['demo'];
beforeEach(async () => {
	cluster = await openFaultyDemo({scene: 'nks'});
	({demo} = cluster);
});
afterEach(async () => cluster.close());

it(
	'shows what somebody else changes, keeps the rows while it looks, and asks for nothing while nothing changes',
	{timeout: 120_000},
	async () => {
		const terminal = openTerminal([], {columns: 120, rows: 36, environment: {KUBECONFIG: demo.kubeconfig}});
		await terminal.waitFor(/live · as of/u);
		const before = await terminal.waitFor(/nks-pool-a-0001 {2}HP01 {4}0\/3/u);
		const asOf = /as of (\S+)/u.exec(before)?.[1];
		expect((await demo.send('DELETE', '/apis/apps/v1/namespaces/default/deployments/web')).status).toBe(200);
		const frames: string[] = [];
		await vi.waitUntil(
			() => {
				frames.push(terminal.screen());
				return /nks-pool-a-0001 {2}HP01 {4}0\/2/u.test(terminal.screen());
			},
			{timeout: 60_000, interval: 20},
		);
		// In no frame between was a row empty, or a node said not to have been asked.
		expect(frames.filter(frame => !/✗ broken {2}nks-pool-a-0001 {2}HP01/u.test(frame))).toEqual([]);
		expect(frames.join('\n')).not.toContain('waiting');
		const after = await terminal.waitFor(/live · as of/u);
		expect(/as of (\S+)/u.exec(after)?.[1]).not.toBe(asOf);
		terminal.type('q');
		expect((await terminal.ended()).exitCode).toBe(0);
	},
);

it.runIf(existsSync('/bin/bash'))(
	'watches nothing while it is suspended, and sees afterwards what changed meanwhile',
	{timeout: 120_000},
	async () => {
		const shell = openShell(cluster.environment);
		const watches = (): readonly string[] => cluster.proxy.underWay().filter(path => path.includes('watch='));
		shell.type(`${typedProgram()}\r`);
		await shell.waitFor(/live · as of/u);
		await vi.waitUntil(() => watches().length > 3, {timeout: 60_000});
		shell.type('\u001A');
		await shell.waitFor(/Stopped/u);
		await vi.waitUntil(() => watches().length === 0, {timeout: 60_000});
		expect((await demo.send('DELETE', '/apis/apps/v1/namespaces/default/deployments/web')).status).toBe(200);
		await vi.waitUntil(async () => !(await demo.get('/api/v1/namespaces/default/pods')).text.includes('"web-'), {timeout: 60_000});
		shell.type('fg\r');
		await shell.waitFor(/nks-pool-a-0001 {2}HP01 {4}0\/2/u);
		await shell.waitFor(/live · as of/u);
		await vi.waitUntil(() => watches().length > 3, {timeout: 60_000});
		shell.type('q');
		await shell.waitFor(/\$ *$/u);
		shell.type('exit\r');
		await shell.ended();
	},
);
