// Every parser of outside text against changed seeds. `npm run fuzz` goes on for longer: FUZZ_ROUNDS and FUZZ_SEED set how long and where from.
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {describe, expect, it} from 'vitest';
import {ActionableError} from '../../source/errors.ts';
import {raw} from '../support/hostile-text.ts';
import {everyField} from '../diagnosis/every-field.ts';
import {dice, mutated} from './mutate.ts';
import {marker, targets} from './targets.ts';

const rounds = Number(process.env['FUZZ_ROUNDS'] ?? 60);
const seed = Number(process.env['FUZZ_SEED'] ?? 901_352_317);

const here = (name: string): URL => new URL(name, import.meta.url);
const corpus = new Map(readdirSync(here('corpus/')).map(name => [name, readFileSync(here(`corpus/${name}`), 'utf8')]));
for (const name of readdirSync(here('../evidence/recorded/'))) {
	// The recordings' own marker, whatever it is, is made this one's.
	const text = readFileSync(here(`../evidence/recorded/${name}`), 'utf8');
	const own = /^(?<marker>[\da-f]{16}) /mu.exec(text)?.groups?.['marker'];
	corpus.set(`node-${name}`, own === undefined ? text : text.replaceAll(own, marker));
}

corpus.set('evidence-every-field', JSON.stringify(everyField()));

const seedsOf = (kinds: readonly string[]): string[] =>
	[...corpus].filter(([name]) => kinds.some(kind => name.startsWith(kind))).map(([, text]) => text);

/** Every text in a value, keys too. */
function* textsIn(value: unknown): Generator<string> {
	if (typeof value === 'string') yield value;
	else if (value instanceof Map) for (const [key, item] of value) yield* textsIn([key, item]);
	else if (typeof value === 'object' && value !== null)
		for (const [key, item] of Object.entries(value)) {
			yield key;
			yield* textsIn(item);
		}
}

describe(`fuzz, seed ${seed}, ${rounds} rounds`, () => {
	it.each(Object.entries(targets))('%s takes whatever comes', (name, {seeds: kinds, run, raw: isRaw}) => {
		const seeds = seedsOf(kinds);
		expect(seeds.length, 'no seed in the corpus').toBeGreaterThan(0);
		for (let round = 0; round < rounds; round += 1) {
			const text = mutated(seeds, dice(seed + round * 7919 + name.length));
			try {
				const result = round === 0 ? run(seeds[0] ?? '') : run(text);
				if (isRaw !== true) for (const shown of textsIn(result)) expect(shown.replaceAll('\n', '')).not.toMatch(raw);
				expect(({} as {polluted?: unknown}).polluted).toBeUndefined();
			} catch (error) {
				if (error instanceof ActionableError) {
					expect(error.message + error.hint).not.toMatch(raw);
					continue;
				}

				const file = path.join(os.tmpdir(), `hostport-fuzz-${name.replaceAll(/\W/gu, '-')}-${round}`);
				writeFileSync(file, text);
				throw new Error(`${name}, round ${round} of seed ${seed}; the text is in ${file}`, {cause: error});
			}
		}
	});
});
