import path from 'node:path';
import {expect, test} from 'vitest';
import {resetCluster} from './support/cilium.ts';
import {rollOut} from './support/kubectl.ts';
import {nodes} from './support/nodes.ts';
import {hostport} from './support/product.ts';
import {binariesOf, expectPodsStart, expectWeb, stateOfRepair} from './support/repair.ts';
import {needsOwnCluster, nothingStaysBehind} from './support/suite.ts';
import {root} from './support/tested-cluster.ts';
import {versions} from './support/versions.ts';
import {killAt, watchHostport} from './support/watched-run.ts';

const web = path.join(root, 'test/e2e/workloads/web.yaml');
const fix = ['fix', '--yes', '--portmap', '/usr/lib/cni/portmap'];
const rollback = ['rollback', '--yes'];
/** How many moments of a run are tried; 20 for a full proof. */
const moments = Number(process.env['REPAIR_MOMENTS'] ?? 5);
/** A whole repair of this cluster writes its journal at least so often, a rollback of a half-done one so often. */
const writesOfFix = 19;
const writesOfRollback = 6;
/** How long after a write the run is killed, in turn: before the act, in the middle of it, while it waits. */
const delays = [0, 40, 300, 1500];

nothingStaysBehind();

/** What happens after the first kill, in turn; `last` is the command that must end clean. */
const sequels = [
	{says: 'fix ends it', kills: [], last: fix},
	{says: 'its rollback is killed too, and the next one ends it', kills: [rollback], last: rollback},
	{says: 'rollback undoes it', kills: [], last: rollback},
	{says: 'the run that goes on is killed too, and rollback undoes both', kills: [fix], last: rollback},
	{says: 'its rollback is killed, and fix ends it', kills: [rollback], last: fix},
];

test.for(Array.from({length: moments}, (_, index) => index))('killed at moment %i, pods start everywhere', async (moment, context) => {
	needsOwnCluster(context, 'it changes Cilium');
	const {version} = versions[moment % versions.length] ?? versions[0];
	const {says, kills, last} = sequels[moment % sequels.length] ?? {says: '', kills: [], last: fix};
	const lines = 1 + Math.floor(((moment + 0.5) / moments) * writesOfFix);
	const delay = delays[moment % delays.length] ?? 0;
	await resetCluster(version);
	await rollOut(web, 'deployment/web');
	const before = await stateOfRepair();

	expect(await killAt(await watchHostport(fix), lines, delay), 'the run was killed').toBe(true);
	console.error(`e2e: moment ${moment} on ${version}: killed ${delay} ms after write ${lines}; ${says}`);
	await expectPodsStart();
	for (const words of kills) {
		const run = await watchHostport(words);
		// One that has less to do than this comes to its end; the next command must cope with that too.
		if (!(await killAt(run, 2 + (moment % writesOfRollback), delay))) expect((await run.ended).exitCode, (await run.ended).stderr).toBe(0);
		await expectPodsStart();
	}

	const ended = await hostport(last, {timeoutSeconds: 400});
	expect([0, 2], ended.stderr).toContain(ended.exitCode);
	// Nothing to undo is no failure either: the kill before it came after the last act.
	if (ended.exitCode === 2) expect(ended.stderr).toMatch(/no run to roll back/u);
	await expectPodsStart();
	if (last === fix) await expectWeb('web');
	else {
		expect(await stateOfRepair()).toEqual(before);
		await expectWeb('refused');
	}

	for (const {name} of nodes) expect((await binariesOf(name)).filter(file => file.startsWith('.'))).toEqual([]);
});
