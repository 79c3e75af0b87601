/**
 * Writes the scenes of `scenes/` that no cluster of ours can play: Cilium 1.8 to 1.20, from what is known of each release.
 * Run it by hand after a change of the builders: node test/evidence/write-hand-made-scenes.ts
 */
import {readFileSync, writeFileSync} from 'node:fs';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {redacted} from '../support/redacted.ts';
import {healthyNativeEvidence, healthyPortmapEvidence, missingBinaryEvidence, pathlessEvidence} from '../diagnosis/scenes.ts';

const folder = new URL('scenes/', import.meta.url);
const versions = ['1.8.13', '1.9.18', '1.11.20', '1.12.19', '1.13.18', '1.14.19', '1.15.19', '1.16.7', '1.18.3', '1.20.0'];
const nodes = ['node-1', 'node-2'];
const kinds: ReadonlyArray<readonly [name: string, make: (version: string, names: readonly string[]) => Evidence]> = [
	['no-way', pathlessEvidence],
	['portmap', healthyPortmapEvidence],
	['native', healthyNativeEvidence],
	['binary-missing', missingBinaryEvidence],
];

const index = JSON.parse(readFileSync(new URL('index.json', folder), 'utf8')) as Record<string, {made: string}>;
const recorded = Object.entries(index).filter(([, {made}]) => made === 'recorded');
const made = versions.flatMap(version =>
	kinds.map(([kind, make]): [string, object] => {
		const evidence = redacted(make(version, nodes));
		const name = `${kind}-${version}-by-hand`;
		writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(evidence)}\n`);
		const [first] = diagnose(evidence).findings;
		return [name, {made: 'by hand', cilium: version, code: first?.code, severity: first?.severity, nodes: first?.nodes}];
	}),
);
const sorted = [...recorded, ...made].sort(([one], [other]) => (one < other ? -1 : 1));
writeFileSync(new URL('index.json', folder), `${JSON.stringify(Object.fromEntries(sorted), undefined, '\t')}\n`);
