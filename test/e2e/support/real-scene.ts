import {expect, test} from 'vitest';
import {kubectl, until} from './kubectl.ts';
import {expectHeard, heardAs, type Place} from './places.ts';
import {makePod, waitForPod} from './pods.ts';
import type {Checked} from './product.ts';
import {bothNodes, ciliumVersion} from './real-cluster.ts';
import {expectSavedToAgree} from './saved-evidence.ts';
import {type ClusterNode, namespace} from './tested-cluster.ts';

export type Undo = (step: () => Promise<unknown>) => void;

/** One hostPort and what each place hears of it; a word for all of them, with the places that hear another. */
type Port = {
	readonly node: ClusterNode;
	readonly port: number;
	readonly protocol?: 'TCP' | 'UDP';
	/** `app` of the pod that asks itself. */
	readonly app?: string;
	readonly address?: string;
	readonly heard: string;
	readonly but?: Partial<Record<Place, string>> | undefined;
};

/** The finding that must come first. */
type First = {readonly code: string; readonly severity: 'error' | 'warning' | 'info'; readonly nodes: readonly string[]};

const finding =
	(severity: First['severity']) =>
	(code: string, nodes: readonly string[] = ['node-1']): First => ({code, severity, nodes});
export const error = finding('error');
export const warning = finding('warning');
export const info = finding('info');
export const well = info('HP22', bothNodes);
/** Where every object of a scene lies, for `withObject`. */
export const inTests = ['--namespace', namespace] as const;

export type RealScene = {
	readonly title: string;
	/** Makes the scene. Each step is undone in the end, the last first, whatever failed. */
	readonly make: (undo: Undo) => Promise<unknown>;
	/** How the ports really behave: asked before the product is. */
	readonly ports: readonly Port[];
	/** Words for `check`, such as another way in. */
	readonly words?: readonly string[];
	readonly first: First;
	/** Codes that must be found behind it. */
	readonly behind?: readonly string[];
	readonly exitCode: 0 | 1 | 3;
	/** What title, proofs and remedy of the first finding must say, and what they must not. */
	readonly says?: RegExp;
	readonly never?: RegExp;
};

/** Tests of scenes that each begin where all is well, and leave it so. A row that does not exist on a version is omitted by its maker. */
export function realScenes(scenes: ReadonlyArray<RealScene | false>): void {
	test.each(scenes.filter(scene => scene !== false))(`$title: $first.code (Cilium ${ciliumVersion})`, async scene => {
		const steps: Array<() => Promise<unknown>> = [];
		try {
			await scene.make(step => void steps.push(step));
			for (const {node, heard, but, ...asked} of scene.ports) await expectHeard(node, asked, heardAs(heard, but));
			await expectJudged(scene);
		} finally {
			for (const step of steps.toReversed()) await step();
		}
	});
}

async function expectJudged({words = [], first: wanted, behind = [], exitCode, says = /./u, never}: RealScene): Promise<Checked> {
	const checked = await expectSavedToAgree(words);
	const [found, ...others] = checked.result.findings;
	expect(
		{code: found?.code, severity: found?.severity, nodes: found?.nodes.toSorted(), exitCode: checked.exitCode},
		JSON.stringify({findings: checked.result.findings, stderr: checked.stderr}, undefined, 1),
	).toEqual({...wanted, exitCode});
	expect(others.map(({code}) => code)).toEqual(expect.arrayContaining([...behind]));
	const said = [found?.title, found?.remedy, ...(found?.because ?? []).flatMap(({source, says: line}) => [source, line])].join('\n');
	expect(said).toMatch(says);
	if (never !== undefined) expect(said).not.toMatch(never);
	return checked;
}

type Shape = Parameters<typeof makePod>[1];

/** A pod of busybox that serves its name on one hostPort, there and Ready unless told otherwise, and gone whole in the end. */
export const withPod =
	(name: string, shape: Shape, ready: (name: string) => Promise<unknown> = waitForPod) =>
	async (undo: Undo): Promise<void> => {
		undo(async () => kubectl(['--namespace', namespace, 'delete', 'pod', name, '--ignore-not-found', '--timeout=60s']));
		await makePod(name, shape);
		await ready(name);
	};

/** Waits until the pod or its events tell something. */
export const tells =
	(words: string) =>
	async (name: string): Promise<unknown> =>
		until(`${name} to tell ${words}`, 60, async () => {
			const pod = await kubectl(['--namespace', namespace, 'get', 'pod', name, '--output=json']);
			const events = await kubectl([
				'--namespace',
				namespace,
				'get',
				'events',
				'--field-selector',
				`involvedObject.name=${name}`,
				'--output=json',
			]);
			return `${pod}${events}`.includes(words) ? true : undefined;
		});

/** An object of any kind that is there for one scene. */
export const withObject =
	(object: {readonly kind: string} & Record<string, unknown>, ...where: readonly string[]) =>
	async (undo: Undo): Promise<void> => {
		undo(async () => kubectl([...where, 'delete', '--ignore-not-found', '--filename', '-'], JSON.stringify(object)));
		await kubectl([...where, 'apply', '--filename', '-'], JSON.stringify(object));
	};

/** Several of these, in order. */
export const all =
	(...steps: ReadonlyArray<(undo: Undo) => Promise<unknown>>) =>
	async (undo: Undo): Promise<void> => {
		for (const step of steps) await step(undo);
	};
