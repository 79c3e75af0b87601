import path from 'node:path';
import {afterAll, beforeAll, expect, it} from 'vitest';
import type {Journal} from '../../source/repair/journal.ts';
import type {Plan} from '../../source/repair/plan/plan.ts';
import {journalFile, runsFolder} from '../../source/repair/run/journal-file.ts';
import {beginOrContinue} from '../../source/repair/run/repair.ts';
import {openFaultyDemo, type FaultyDemo} from '../support/faulty-demo.ts';
import {runHere, type Ended} from '../support/program.ts';

const ids = ['20240207-020000-1a2b', '20240208-020000-3c4d'];
let faulty: FaultyDemo;
let runs: (...words: readonly string[]) => Promise<Ended>;
beforeAll(async () => {
	faulty = await openFaultyDemo({scene: 'nks', nodes: 1});
	runs = async (...words) => runHere(['runs', ...words], faulty.environment);
	const planned = await runHere(['fix', '--dry-run=client', '-o', 'json'], faulty.environment);
	for (const id of ids) {
		const own = {id, by: 'jane@laptop', now: 0};
		const {journal} = beginOrContinue(JSON.parse(planned.output) as Plan, undefined, own);
		await journalFile(runsFolder(faulty.environment)).begin(journal);
	}
});
afterAll(async () => faulty.close());

it('lists runs, newest first, and where their journals are', async () => {
	const {code, output, errors} = await runs();
	expect({code, errors}).toEqual({code: 0, errors: ''});
	const [headers, ...rows] = output.trimEnd().split('\n');
	expect(headers).toMatch(/^RUN .*KEPT IN$/u);
	expect(rows.map(row => row.split(/ {2,}/u)[0])).toEqual(ids.toReversed());
	for (const row of rows) expect(row).toMatch(/ {3}this machine only$/u);
	const oldestFirst = (await runs('--no-headers', '--sort-by=.items[*].id')).output.trimEnd().split('\n');
	expect(oldestFirst.map(row => row.split(/ {2,}/u)[0])).toEqual(ids);
});

it('one of them alone, in each form', async () => {
	const [id = ''] = ids;
	expect((await runs(id, '-o', 'name')).output).toBe(`${id}\n`);
	expect((await runs('-o', 'name', '--sort-by=.items[*].id')).output).toBe(`${ids.join('\n')}\n`);
	const list = JSON.parse((await runs(id, '-o', 'json')).output) as {items: readonly Journal[]};
	expect(list).toMatchObject({apiVersion: 'hostport.dev/v1', kind: 'RunList', items: [{id, outcome: 'running'}]});
	expect((await runs(id)).output.trimEnd().split('\n')).toHaveLength(2);
});

it('says that there are none', async () => {
	const environment = {...faulty.environment, XDG_STATE_HOME: path.join(faulty.environment.XDG_STATE_HOME, 'nothing')};
	expect(await runHere(['runs'], environment)).toEqual({code: 0, output: 'No runs.\n', errors: ''});
});

it('tells of a journal that cannot be read, beside those that can', async () => {
	const labels = {'app.kubernetes.io/managed-by': 'kubectl-hostport', 'hostport.dev/kind': 'run'};
	const collection = '/api/v1/namespaces/kube-system/configmaps';
	const name = 'hostport-run-damaged';
	await faulty.demo.send('POST', collection, {apiVersion: 'v1', kind: 'ConfigMap', metadata: {name, labels}, data: {id: 'damaged'}});
	const {code, output, errors} = await runs('-o', 'name');
	await faulty.demo.send('DELETE', `${collection}/${name}`);
	expect({code, output}).toEqual({code: 0, output: `${ids.toReversed().join('\n')}\n`});
	expect(errors).toMatch(/^.*hostport-run-damaged.*\n.+\n$/u);
});

it('says what it could not read, and not that there are no runs', async () => {
	faulty.proxy.set('forbidden');
	const {code, output, errors} = await runs();
	faulty.proxy.set(undefined);
	expect({code, output}).toEqual({code: 3, output: ''});
	expect(errors).toMatch(/^could not read /u);
});

it('takes no longer than --timeout', async () => {
	faulty.proxy.set('stall');
	const {code, errors} = await runs('--timeout=1s');
	faulty.proxy.set(undefined);
	expect({code, errors}).toEqual({code: 3, errors: expect.stringContaining('not done within 1 s')});
});

it('refuses one that is not recorded', async () => {
	const {code, errors} = await runs('none');
	expect({code, errors}).toEqual({code: 2, errors: expect.stringContaining('there is no run none')});
});
