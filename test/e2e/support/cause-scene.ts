import {expect, test} from 'vitest';
import {patchCiliumConfig, resetCluster, restartAgents} from './cilium.ts';
import {setPortmap} from './hands-on-nodes.ts';
import {list, rollOut, until} from './kubectl.ts';
import {nodes} from './nodes.ts';
import type {Checked} from './product.ts';
import {look} from './scene.ts';
import {namespace, root} from './tested-cluster.ts';

export const web = `${root}/test/e2e/workloads/web.yaml`;
export const both = nodes.map(({name}) => name);

type Expected = {
	readonly code: string;
	readonly severity: 'error' | 'warning' | 'info';
	readonly nodes: readonly string[];
};

/** What must come first, and how the program must end: 1 where a fault is proved, 3 where something was not seen, else 0. */
export async function expectFirst(name: string, expected: Expected, exitCode: 0 | 1 | 3): Promise<Checked> {
	const checked = await look(name);
	const [first] = checked.result.findings;
	expect(
		{code: first?.code, severity: first?.severity, nodes: first?.nodes.toSorted(), exitCode: checked.exitCode},
		JSON.stringify({...checked.result, stderr: checked.stderr}, undefined, 1),
	).toEqual({...expected, exitCode});
	return checked;
}

export type CauseScene = {
	readonly title: string;
	/** Name of the evidence that RECORD=1 keeps. */
	readonly name: string;
	/** Makes the scene. Each step is undone in the end, the last first, whatever failed. */
	readonly make: (undo: (step: () => Promise<unknown>) => void) => Promise<unknown>;
	readonly first: Expected;
	readonly exitCode: 0 | 1 | 3;
	/** What must stand in the proofs of the first finding. */
	readonly proof?: RegExp;
	/** The hostPorts that it concerns. */
	readonly hostPorts?: readonly string[];
	/** Codes and nodes of the findings behind the first. */
	readonly behind?: ReadonlyArray<{readonly code: string; readonly nodes: readonly string[]}>;
};

/** Tests of scenes that each begin on a cluster where all is well, and leave it so. */
export function causeScenes(scenes: readonly CauseScene[]): void {
	test.each(scenes)('$title: $first.code', async ({name, make, first, exitCode, proof = /./u, hostPorts, behind}) => {
		const steps: Array<() => Promise<unknown>> = [];
		try {
			await make(step => void steps.push(step));
			const [found, ...others] = (await expectFirst(name, first, exitCode)).result.findings;
			expect(found?.because.map(({says}) => says).join('\n')).toMatch(proof);
			expect(found?.hostPorts).toEqual(hostPorts ?? found?.hostPorts);
			expect(others.map(({code, nodes: concerned}) => ({code, nodes: concerned}))).toEqual(behind ?? expect.anything());
		} finally {
			for (const step of steps.toReversed()) await step();
		}
	});
}

/** Cilium of a version with portmap chained and on both nodes, and two pods of `web` that it serves. */
export async function makeChainedCluster(version: string, data: Readonly<Record<string, string>> = {}): Promise<void> {
	await resetCluster(version);
	for (const {name} of nodes) await setPortmap(name, 'working');
	await patchCiliumConfig({...data, 'cni-chaining-mode': 'portmap'});
	await restartAgents();
	await rollOut(web, 'deployment/web');
}

/** The last test of a group: every scene was undone, and nothing is found wrong. */
export function allIsWell(name: string): void {
	test('after all that the cluster is well again: HP22', async () => {
		await until('the pods of the scenes to be gone', 90, async () =>
			(await list('pods', '--namespace', namespace)).length === 2 ? true : undefined,
		);
		const {result} = await expectFirst(name, {code: 'HP22', severity: 'info', nodes: both}, 0);
		expect(result.findings.filter(({severity}) => severity !== 'info')).toEqual([]);
		expect(result.nodes.map(({verdict}) => verdict)).toEqual(both.map(() => 'ok'));
	});
}
