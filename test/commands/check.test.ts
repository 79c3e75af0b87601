import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {afterAll, expect, it} from 'vitest';
import {runHere} from '../support/program.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-check-'));
afterAll(() => rmSync(folder, {recursive: true}));
const scene = path.join(import.meta.dirname, '..', 'evidence', 'scenes', 'healthy-portmap.json');

it('tells what could not be read beside the result, and ends with 3 for it', async () => {
	const evidence = JSON.parse(readFileSync(scene, 'utf8')) as object;
	const file = path.join(folder, 'gap.json');
	writeFileSync(file, JSON.stringify({...evidence, gaps: [{what: 'services', reason: 'forbidden', hint: 'Ask for the right.'}]}));
	const {code, output, errors} = await runHere(['check', '-o', 'json', '--from', file]);
	expect({code, errors}).toEqual({code: 3, errors: 'could not read services: forbidden. Ask for the right.\n'});
	expect(JSON.parse(output)).toMatchObject({kind: 'Diagnosis'});
});

it('says on stderr what was saved', async () => {
	const file = path.join(folder, 'saved.json');
	const {code, errors} = await runHere(['check', '-o', 'json', '--from', scene, '--save', file]);
	expect(code).toBe(0);
	expect(errors).toContain(file);
	expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({kind: 'Evidence'});
});

it.each([
	[['--from', scene], '--watch cannot be used with --from'],
	[['-o', 'junit'], '--watch cannot be used with -o junit'],
	[['-o', 'yaml'], '--watch cannot be used with -o yaml'],
])('--watch %j is refused', async (words, says) => {
	const {code, output, errors} = await runHere(['check', '--watch', ...words]);
	expect({code, output}).toEqual({code: 2, output: ''});
	expect(errors).toContain(says);
});

it.each([[[]], [['-o', 'json']]])('--watch %j is not, and asks the cluster', async words => {
	const {code, errors} = await runHere(['check', '--watch', ...words, '--kubeconfig', path.join(folder, 'none')]);
	expect(code).toBe(2);
	expect(errors).not.toContain('--watch');
});
