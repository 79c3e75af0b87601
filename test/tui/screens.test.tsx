// The main screens as a person sees them, checked in: a change of one is seen in the diff of its file.
import {afterEach, describe, expect, it} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {makePlan} from '../../source/repair/plan/make-plan.ts';
import {neededChanges} from '../../source/repair/plan/needed-change.ts';
import {App} from '../../source/tui/app.tsx';
import type {Update} from '../../source/tui/store.ts';
import {ThemeContext, createTheme} from '../../source/tui/theme.ts';
import {renderAtSize, type Drawn} from '../support/render-at-size.tsx';
import {pathlessEvidence} from '../diagnosis/scenes.ts';
import {storeWith} from './fixtures.ts';
import {endedRun, pastRuns, preparedRepair} from './repair-fixtures.ts';

const evidence = pathlessEvidence();
const diagnosis = diagnose(evidence);
const looked: Update = {
	title: {server: 'https://cluster.example:6443', context: 'nks-prod'},
	phase: null,
	progress: {done: 3, total: 3},
	evidence,
	diagnosis,
	changes: neededChanges(evidence, 'portmap'),
	repairAhead: makePlan(evidence, diagnosis, {strategy: 'portmap'}).summary,
};

/** Each with the keys that lead to it, and a text that stands there then. */
const screens: ReadonlyArray<readonly [name: string, keys: string, shows: string, update: Update]> = [
	['node', '\r', 'Node node-1', {}],
	['finding', '\t\r', 'Finding HP01', {}],
	['host-ports', 'p', 'hostPorts 7', {}],
	['host-port', 'p\r', 'hostPort ', {}],
	['diff', 'd', 'Change 1 of', {}],
	['help', '?', 'Everywhere', {}],
	['plan', 'F', '› Repair', {repair: preparedRepair(evidence, diagnosis)}],
	['name', 'F\r', 'Type the name', {repair: preparedRepair(evidence, diagnosis)}],
	['run', 'F', 'is done', {repair: endedRun(evidence, diagnosis)}],
	['runs', 'u', 'OUTCOME', {repair: pastRuns(evidence, diagnosis)}],
	['past-run', 'u\r', 'Run 2024', {repair: pastRuns(evidence, diagnosis)}],
];

const sizes = [
	[80, 24],
	[120, 36],
	[200, 50],
] as const;

describe.each(sizes)('at %i×%i', (columns, rows) => {
	let drawn: Drawn | undefined;
	afterEach(() => drawn?.unmount());

	it.each(screens)('the screen %s is as it was', async (name, keys, shows, update) => {
		// Where a run goes on, its page is what F opens.
		const running = name === 'run' && update.repair?.run ? {repair: {...update.repair, run: {...update.repair.run, end: null}}} : update;
		const store = storeWith({...looked, ...running});
		drawn = await renderAtSize(
			<ThemeContext value={createTheme({colour: false, unicode: true})}>
				<App store={store} canSave canRepair onIntent={() => {}} />
			</ThemeContext>,
			columns,
			rows,
		);
		drawn.type(keys);
		if (name === 'run') {
			await drawn.shows('Log');
			store.update(update);
		}

		await drawn.shows(shows);
		await expect(`${drawn.frame().replaceAll(/[ ]+$/gmu, '')}\n`).toMatchFileSnapshot(`screens/${name}-${columns}x${rows}.txt`);
	});
});
