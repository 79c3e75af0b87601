// What the keys of the terminal UI open, on the demo, in a real terminal: each page as a person reaches it, and how it is left.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {describe, expect, it} from 'vitest';
import {evidence, node, pod, port} from '../diagnosis/builders.ts';
import {openTerminal, walkTo} from '../support/terminal.ts';

const [escape, wheelDown] = ['\u001B', '\u001B[<65;5;20M'];

describe('the pages', () => {
	it('are one key away: help in columns, raw evidence in tabs, a hostPort with its path, the proof, runs', async () => {
		const terminal = openTerminal(['demo']);
		await terminal.waitFor(/live · as of \d/u);
		terminal.type('?');
		await terminal.waitFor(/^ +On nodes and findings {10,}On changes/mu);
		terminal.type('G');
		await terminal.waitFor(/^─ Help {2}lines \d+-(\d+) of \1 /mu);
		terminal.type(escape);
		await terminal.waitFor('Nodes 3');

		terminal.type('e');
		await terminal.waitFor(/^─ Evidence nks-pool-a-0001 .*\[CNI files\]/mu);
		expect(terminal.screen()).toMatch(/^ +› .*cilium-cni/mu);
		for (const tab of ['rules', 'entries', 'agent', 'cilium-config', 'events']) {
			terminal.type('\t');
			await terminal.waitFor(`[${tab}]`);
		}

		terminal.type(escape);
		await terminal.waitFor('Nodes 3');
		terminal.type('p');
		await terminal.waitFor('hostPorts 8  0 mapped');
		terminal.type('\r');
		await terminal.waitFor(/client ─▶ \S+:4317 ─✗ nothing serves it ┄▶ \S+:4317 \(otel-collector-\w+, answers\)/u);
		terminal.type('\r');
		await terminal.waitFor(/^─ Node nks-pool-a-/mu);
		terminal.type('y');
		await terminal.waitFor(/copied \d+ lines/u);
		const copied = /\u001B\]52;c;([^\u0007]+)\u0007/u.exec(terminal.written())?.[1] ?? '';
		expect(Buffer.from(copied, 'base64').toString()).toContain('CNI configuration /etc/cni/net.d\n  › 05-cilium.conf');
		for (const shows of [/^─ hostPort observability/mu, 'hostPorts 8', 'Nodes 3']) {
			terminal.type(escape);
			await terminal.waitFor(shows);
		}

		terminal.type('v');
		await terminal.waitFor(/Proof {2}0 of \d+ connections work/u);
		terminal.type('u');
		await terminal.waitFor('No runs on this cluster.');
		terminal.type('q');
		expect((await terminal.ended()).exitCode).toBe(0);
	});

	it('have what is and what has to be side by side where there is room, each change in its turn', async () => {
		const terminal = openTerminal(['demo'], {rows: 24});
		await terminal.waitFor(/live · as of \d/u);
		terminal.type('d');
		await terminal.waitFor(/^ +│ \+ cni-chaining-mode: portmap$/mu);
		expect(terminal.screen()).toContain('Change 1 of 2');
		terminal.type(']');
		await terminal.waitFor('Change 2 of 2 · the same on 3 nodes');
		expect(terminal.screen()).toMatch(/^ {2}--- \S+05-cilium\.conf +│ \+\+\+ \S+05-cilium\.conflist$/mu);
		expect(terminal.screen()).toMatch(/^ {2}- +"type": "cilium-cni", +│ \+ +"plugins": \[$/mu);
		terminal.type('[');
		await terminal.waitFor(/^ +│ \+ cni-chaining-mode: portmap$/mu);
		expect(terminal.screen()).toContain('Change 1 of 2');
		terminal.resize(80, 24);
		await terminal.waitFor(/^ {2}\+cni-chaining-mode: portmap$/mu);
		expect(terminal.screen()).not.toContain('│');
		terminal.type(']');
		await terminal.waitFor(/Change 2 of 2 .* lines 1-\d+ of (\d+) /u);
		terminal.type('G');
		await terminal.waitFor(/Change 2 of 2 .* lines \d+-(\d+) of \1 /u);
		terminal.type('q');
		await terminal.ended();
	});

	it('say which rows of a long table are in sight, wherever the cursor goes', async () => {
		const names = Array.from({length: 300}, (_, index) => `node-${index + 1}`);
		const nodes = names.map((name, index) => node(name, `10.1.${Math.floor(index / 250)}.${index % 250}`, null));
		const pods = names.map(name => pod(`web-${name}`, name, '', [port(8080, 80)]));
		const folder = mkdtempSync(path.join(tmpdir(), 'hostport-'));
		const file = path.join(folder, 'evidence.json');
		writeFileSync(file, JSON.stringify(evidence({nodes, pods})));
		const terminal = openTerminal(['--from', file], {columns: 80, rows: 24});
		await terminal.waitFor(/^─ Nodes 1-(\d+) of 300 /mu);
		terminal.type('G');
		await terminal.waitFor(/^─ Nodes \d+-300 of 300 /mu);
		expect(terminal.screen()).toMatch(/^› .*node-300/mu);
		terminal.type('gp');
		await terminal.waitFor(/^─ hostPorts 300 {2}1-19 of 300 · 0 mapped /mu);
		terminal.type('\u001B[6~');
		await terminal.waitFor(/^─ hostPorts 300 {2}\d+-\d+ of 300 /mu);
		terminal.type('G');
		await terminal.waitFor(/^─ hostPorts 300 {2}282-300 of 300 · /mu);
		terminal.type('/web-node-29\r');
		await terminal.waitFor(/^─ hostPorts 11 of 300 {2}filter: web-node-29 /mu);
		terminal.type('q');
		await terminal.ended();
		rmSync(folder, {recursive: true});
	});

	it('hear the wheel, tell a terminal that is too small what it needs, and show what is chosen without colour', async () => {
		const terminal = openTerminal(['demo'], {environment: {NO_COLOR: '1'}});
		await terminal.waitFor(/live · as of \d/u);
		terminal.type(wheelDown);
		await terminal.waitFor('› ✗ broken  nks-pool-a-0003');
		const styles = terminal.frame().map(line => line.map(({style}) => style).join(' '));
		expect(styles.filter(style => style.includes('inverse'))).toHaveLength(1);
		expect(styles.join(' ')).not.toMatch(/red|green|cyan|yellow/u);

		terminal.resize(30, 8);
		await terminal.waitFor(/terminal too small: 30×8; it\s+needs 40×10/u);
		terminal.resize(120, 36);
		await terminal.waitFor('› ✗ broken  nks-pool-a-0003');

		terminal.type(' F');
		await walkTo(terminal, '[ ]  Keep portmap on every node');
		terminal.type(' ');
		await terminal.waitFor('› [x]  Keep portmap on every node');
		terminal.type(escape);
		await terminal.waitFor('1 marked');
		terminal.type('q');
		await terminal.ended();
	});
});
