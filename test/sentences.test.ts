import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';

const source = path.join(import.meta.dirname, '..', 'source');

/** Rooms that read what nodes, Cilium and API servers write: there words are what there is. */
const readers = /^(?:access|cilium|cluster|connect|demo|evidence)\//u;

/** A part of a text that is looked for: several words, or one with a capital as sentences begin. */
const sought = /\.(?:startsWith|endsWith|includes)\(\s*['"`](?:[^'"`]*[A-Za-z]{2,}[,:]? [A-Za-z]{2,}[^'"`]*|[A-Z][a-z]+)['"`]/gu;
/** What somebody was told, compared. */
const compared = /(?<!typeof )\b(?:says|said|message|hint|title|text|summary|remedy|notice)(?: ===| !==) '[^']+'/gu;

/** Words of others, or of a closed list that the types know. */
const others: readonly string[] = [
	// The kernel's, in a rule of nftables.
	"diagnosis/filter-packet.ts: .startsWith('tcp flags & '",
	// Kinds of Cilium's API.
	"repair/plan/warnings.ts: .startsWith('Cilium'",
	// When a kind of step tidies up.
	"repair/run/continue-run.ts: .includes('cut off'",
];

test('no code looks into a sentence that is meant for people: a field says it', () => {
	const files = readdirSync(source, {recursive: true, encoding: 'utf8'}).filter(file => /\.tsx?$/u.test(file) && !readers.test(file));
	expect(files.length).toBeGreaterThan(100);
	const found = files.flatMap(file => {
		const code = readFileSync(path.join(source, file), 'utf8');
		return [...code.matchAll(sought), ...code.matchAll(compared)].map(([words]) => `${file}: ${words}`);
	});
	expect([...new Set(found)].toSorted()).toEqual(others.toSorted());
});
