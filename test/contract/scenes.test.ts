// What commands print of saved evidence, in every form, held as files: a change of them shows as a diff in review. `vitest run test/contract -u`
// writes them anew.
import path from 'node:path';
import {describe, expect, it} from 'vitest';
import {wordsOf} from '../../source/command-line/option.ts';
import {diagnosisFormats} from '../../source/output/formats.ts';
import {runHere, type Ended} from '../support/program.ts';

const here = import.meta.dirname;
const scenes = [
	'binary-missing',
	'canary',
	'healthy-portmap',
	'native-without-entries',
	'network-policy',
	'no-cilium',
	'no-way',
	'node-not-ready',
	'stale-rule',
	'two-causes',
	'udp-held-by-conntrack',
	'upgraded-away',
] as const;

/** How a file that holds this form is best shown. */
const endings: Readonly<Record<string, string>> = {json: 'json', yaml: 'yaml', junit: 'xml', markdown: 'md', prometheus: 'prom'};

const ended = (words: readonly string[], {code, errors}: Ended): string =>
	`${code}  ${words.join(' ')}\n${errors}`.trimEnd().replaceAll('\n', '\n   ');

describe.each(scenes)('%s', scene => {
	const from = ['--from', path.join(here, '..', 'evidence', 'scenes', `${scene}.json`)];
	const held = (name: string): string => path.join(here, 'scenes', scene, name);

	it.each([...wordsOf(diagnosisFormats), 'json', 'yaml'])('check -o %s', async form => {
		const {output} = await runHere(['check', '-o', form, ...from]);
		await expect(output).toMatchFileSnapshot(held(`check-${form}.${endings[form] ?? 'txt'}`));
	});

	it('diff, for each strategy', async () => {
		const [asRecommended, portmap, native] = [
			await runHere(['diff', ...from]),
			await runHere(['diff', '--strategy=portmap', ...from]),
			await runHere(['diff', '--strategy=native', ...from]),
		];
		await expect(portmap.output).toMatchFileSnapshot(held('diff-portmap.patch'));
		await expect(native.output).toMatchFileSnapshot(held('diff-native.patch'));
		expect([portmap.output, native.output, '']).toContain(asRecommended.output);
	});

	it('how each command ends, and what it says on stderr', async () => {
		const rows: string[] = [];
		for (const words of [
			['check'],
			['check', '--fail-on=warning'],
			['check', '--fail-on=never'],
			['diff'],
			['diff', '--strategy=portmap'],
			['diff', '--strategy=native'],
			['manifest', 'helm-values', '--strategy=portmap'],
		]) {
			rows.push(ended(words, await runHere([...words, ...from])));
		}

		await expect(`${rows.join('\n')}\n`).toMatchFileSnapshot(held('ends.txt'));
	});
});
