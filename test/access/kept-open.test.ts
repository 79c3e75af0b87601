import {expect, test} from 'vitest';
import type {NodeAccess} from '../../source/access/access.ts';
import {keptOpen} from '../../source/access/kept-open.ts';

/** Counts how often it is opened and closed. */
function counted(): {open: () => Promise<NodeAccess>; opened: number; closed: number} {
	const counts = {
		opened: 0,
		closed: 0,
		async open() {
			counts.opened += 1;
			return Promise.resolve({label: `pod ${counts.opened}`, close: async () => void (counts.closed += 1)} as unknown as NodeAccess);
		},
	};
	return counts;
}

test('what was opened is there for the next question, and anew before its deadline ends it', async () => {
	let now = 0;
	const kept = keptOpen(() => now);
	const pods = counted();
	const ask = async (node: string): Promise<string> => {
		const access = await kept(node, pods.open);
		await access.close();
		return access.label;
	};
	expect([await ask('node-1'), await ask('node-1'), await ask('node-2')]).toEqual(['pod 1', 'pod 1', 'pod 2']);
	now = 239_000;
	expect(await ask('node-1')).toBe('pod 1');
	// A kubelet ends such pods after 300 s.
	now = 241_000;
	expect(await ask('node-1')).toBe('pod 3');
	expect(pods.closed, 'whoever began the run removes them').toBe(0);
});

test('several who ask at once share one, and what was not opened is tried again', async () => {
	const kept = keptOpen(() => 0);
	const pods = counted();
	await expect(kept('node-1', async () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
	const both = await Promise.all([kept('node-1', pods.open), kept('node-1', pods.open)]);
	expect(both.map(({label}) => label)).toEqual(['pod 1', 'pod 1']);
});
