import pMap from 'p-map';
import {ActionableError, messageOf} from '../../errors.ts';
import {insist} from './patience.ts';
import type {BinaryPlace} from '../plan/plan.ts';
import {askPortmap} from './portmap-on-node.ts';
import type {StepContext} from '../step-work.ts';
import {listed} from '../../words.ts';

/** Nodes asked at the same time; each may take a pod. */
const concurrency = 16;
const mostNamed = 5;

/** A node on which this process has seen portmap run within so long is not asked again; asking many takes longer. Milliseconds. */
const justNow = (nodes: number): number => 60_000 + nodes * 1000;

/**
 * Sees portmap run on nodes whose runtimes call it, or are about to: whoever removed it since the plan was made, or since an
 * interrupted run put it there, would leave nodes on which no pod can start or stop.
 * @param places every node of the plan where they are not given
 * @throws ActionableError that names the nodes where it does not run; nothing may be chained then
 */
export async function assertBinariesRun(context: StepContext, places: readonly BinaryPlace[] = context.plan.binaries): Promise<void> {
	const {clock, seenRunning, signal, say} = context;
	const oldest = clock.now() - justNow(places.length);
	const unsure = places.filter(({node}) => (seenRunning.get(node) ?? Number.NEGATIVE_INFINITY) < oldest);
	if (unsure.length === 0) return;
	say(`running portmap on ${unsure.length === 1 ? unsure[0]?.node : `${unsure.length} nodes`}`);
	const failures = await pMap(
		unsure,
		async place => {
			const {node} = place;
			try {
				const problem = await insist(async () => problemOn(place, context), context);
				if (problem === '') seenRunning.set(node, clock.now());
				return problem;
			} catch (error) {
				signal.throwIfAborted();
				return `${node} cannot be asked: ${messageOf(error)}`;
			}
		},
		{concurrency, signal},
	);
	const told = failures.filter(Boolean);
	if (told.length === 0) return;
	throw new ActionableError(
		`portmap does not run on every node: ${listed(told, mostNamed, '; ')}`,
		'No CNI config names it yet. Run fix again: it installs portmap there and resumes.',
	);
}

async function problemOn({node, folder, cniVersions}: BinaryPlace, context: StepContext): Promise<string> {
	const access = await context.openReader(node, folder, context.signal);
	try {
		const {exitCode, lines} = await askPortmap(access, context, ['probe', ...cniVersions]);
		if (exitCode === 0) return '';
		if (exitCode === 45) return `${node}: ${folder}/portmap is too old for CNI ${lines.get('lacks') ?? ''}`;
		return exitCode === 41
			? `${node} has no ${folder}/portmap`
			: `${node}: ${folder}/portmap does not run (${lines.get('answer') || `exit code ${exitCode}`})`;
	} finally {
		await access.close();
	}
}
