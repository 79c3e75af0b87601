// What the keys of the terminal UI open, on the demo, in a real terminal: each page as a person reaches it, and how it is left.
import {describe, expect, it} from 'vitest';
import {openTerminal, walkTo} from '../support/terminal.ts';

const [escape, wheelDown] = ['\u001B', '\u001B[<65;5;20M'];

describe('the pages', () => {
	it('are one key away: help in columns, raw evidence in tabs, a hostPort with its path, the proof, runs', async () => {
		const terminal = openTerminal(['demo']);
		await terminal.waitFor(/live · as of \d/u);
		terminal.type('?');
		await terminal.waitFor(/^ +Everywhere {10,}On the evidence/mu);
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
