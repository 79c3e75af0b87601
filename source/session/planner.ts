import {refusedVersions} from '../cilium/cni-versions.ts';
import {whyUnknown} from '../cilium/releases.ts';
import {choiceRows, type Chosen} from '../choices.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {askedCniVersions} from '../diagnosis/asked-cni-versions.ts';
import {recommendStrategy, type Strategy} from '../diagnosis/strategy.ts';
import {view} from '../diagnosis/view.ts';
import {UsageError} from '../errors.ts';
import type {Evidence} from '../evidence/evidence.ts';
import type {Journal} from '../repair/journal.ts';
import {makePlan} from '../repair/plan/make-plan.ts';
import {findNodeConfigApi} from '../repair/acts/node-config.ts';
import type {Choice, Plan} from '../repair/plan/plan.ts';
import {unfinishedRun} from '../repair/run/repair.ts';
import {takesAll} from '../repair/steps/index.ts';
import type {Clock} from '../clock.ts';
import type {Look} from './look.ts';
import {settledLook} from './settled-look.ts';

/** A choice as far as it was made; where it is open, what is recommended and a node that has a good portmap. */
export function completeChoice(asked: Partial<Choice>, {evidence}: Pick<Look, 'evidence'>, unfinished: Journal | undefined): Choice {
	const given = asked.sources ?? [];
	const earlier = choiceRows.filter(({isKept}) => isKept).map(({name}) => [name, unfinished?.plan.choice[name]] as const);
	const kept: Chosen = Object.fromEntries(earlier.filter(([, value]) => value !== undefined));
	const chosen = {...kept, ...asked};
	return {
		...chosen,
		strategy: asked.strategy ?? unfinished?.plan.choice.strategy ?? recommendStrategy(view(evidence)).strategy,
		sources: given.length === 0 ? goodNodes(evidence) : takesAll(chosen) ? [...given, ...goodNodes(evidence)] : given,
	};
}

/** For each architecture one node whose portmap has been seen to run, and knows what every CNI file asks for, as a source. */
export function goodNodes(evidence: Evidence): string[] {
	const seen = view(evidence);
	const asked = [...new Set(seen.judged.flatMap(node => askedCniVersions(node, seen)))];
	const good = seen.nodes.filter(
		({binary: {state, file}}) => state === 'working' && refusedVersions(file?.versionAnswer ?? '', asked).length === 0,
	);
	return [...new Map(good.map(({node}) => [node.architecture, `node:${node.name}`])).values()];
}

/** What a repair is planned from. */
export type Ground = {
	readonly seen: Look;
	/** Of Cilium; empty where none was seen. */
	readonly namespace: string;
	/** The run that a repair resumes. */
	readonly unfinished: Journal | undefined;
	/** Makes plans for choices; what the evidence does not hold was asked once. */
	readonly planFor: (choice: Choice) => Plan;
};

/**
 * Gathers what a repair is planned from, once the agents have settled.
 * @param first what was seen just now
 * @param say is told what is waited for
 * @throws ActionableError where somebody is at work on an unfinished run
 */
export async function openGround(
	client: ClusterClient,
	first: Look,
	lookAgain: () => Promise<Look>,
	{clock, signal, say}: {readonly clock: Clock; readonly signal: AbortSignal; readonly say: (text: string) => void},
): Promise<Ground> {
	const seen = await settledLook(client, first, lookAgain, {clock, signal, say});
	const {evidence, diagnosis} = seen;
	const namespace = evidence.cilium?.namespace ?? '';
	const unfinished = namespace === '' ? undefined : await unfinishedRun(client, namespace, clock, signal);
	const nodeConfigApi = await findNodeConfigApi(client, evidence.cilium?.version ?? '', signal);
	const more = nodeConfigApi === undefined ? {} : {nodeConfigApi};
	return {seen, namespace, unfinished, planFor: choice => makePlan(evidence, diagnosis, choice, more)};
}

/**
 * Nothing is recommended for a Cilium that this program does not know: the person names the strategy.
 * @throws UsageError
 */
export function assertStrategyNamed({cilium}: Pick<Evidence, 'cilium'>, version: string, strategy: Strategy | undefined): void {
	const why = cilium === null || strategy !== undefined ? '' : whyUnknown(version);
	if (why !== '') throw new UsageError(why, 'Choose what should serve hostPort: --strategy portmap or --strategy native.');
}
