import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import v8 from 'node:v8';
import vm from 'node:vm';
import {expect, test} from 'vitest';
import {ownCopies} from '../../source/evidence/own-copies.ts';
import {parseNodeOutput} from '../../source/evidence/parse-node-output.ts';

v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc') as () => void;
const folder = path.join(import.meta.dirname, 'recorded');
const marker = '0123456789abcdef';
const context = {marker, configurationFolder: '/etc/cni/net.d', binaryFolder: '/opt/cni/bin', isOnNode: true};
const megabyte = 1_000_000;

/** Bytes that are held after `make` because of what it gave. */
function heldBy(make: () => unknown): number {
	collectGarbage();
	const before = process.memoryUsage().heapUsed;
	const kept = make();
	collectGarbage();
	const held = process.memoryUsage().heapUsed - before;
	expect(kept).toBeDefined();
	return held;
}

/** What no recording of ours has beside the rest: addresses, connections, conntrack, the runtime's configuration and cache. */
const more = [
	'local \n198.51.100.201\n2001:db8:1234:5678::1',
	'probes \nto 198.51.100.201,8080 0',
	'udp \n src=198.51.100.201 dst=198.51.100.202 dport=5353 src=198.51.100.203',
	'runtime /etc/containerd/config.toml\n[plugins."io.containerd.grpc.v1.cri".cni]\nbin_dir = "/usr/libexec/cni-of-another-folder"\n',
	'nftables tables\ntable ip cni_hostport_of_somebody\n',
	'status 0',
	'nftables ip\n\tchain a_chain_with_a_long_name {\n',
	'status 0',
]
	.map(record => `\n${marker} ${record}`)
	.join('');

// A regular expression or a split gives slices, and a slice keeps the text that it was cut from: 5,000 answers would stay whole.
test('of an answer nothing is held but what was read from it', () => {
	const recorded = readdirSync(folder)
		.filter(name => name.endsWith('.txt'))
		.map(name => readFileSync(path.join(folder, name), 'utf8').replace(`\n${marker} end`, `${more}\n${marker} end`));
	const answerOf = (text: string, index: number): string =>
		Buffer.from(`${text}\n${marker} other ${String(index).repeat(megabyte)}`).toString();
	const held = heldBy(() => recorded.map((text, index) => parseNodeOutput(answerOf(text, index), context)));
	expect(recorded.length).toBeGreaterThan(6);
	// One is held by the runtime itself, for the legacy properties of RegExp.
	expect(held).toBeLessThan(2 * megabyte);
});

test('texts that many nodes have are held once, and what was said once goes', () => {
	const text = (index: number): string => `${index} ${'rule '.repeat(200)}`;
	expect(heldBy(() => Array.from({length: 2000}, () => ownCopies({rules: [text(1), text(2)]})))).toBeLessThan(megabyte);
	ownCopies(Array.from({length: 20_000}, (_, index) => text(index)));
	collectGarbage();
	expect(heldBy(() => ownCopies(Array.from({length: 20_000}, (_, index) => text(index))).length)).toBeLessThan(5 * megabyte);
});

test.each([
	['letters of other alphabets', 'сеть kubernetes, длинный текст'],
	['half a pair', 'a text with half a pair \uD83D'],
	['the last of one byte', `ÿ${'ÿ'.repeat(40)}`],
])('a text stays what it is: %s', (_, text) => {
	expect(ownCopies([text, {[text]: text, number: 7, nothing: null, truth: true}])).toEqual([
		text,
		{[text]: text, number: 7, nothing: null, truth: true},
	]);
});
