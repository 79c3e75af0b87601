import {ClusterError} from '../../cluster/cluster-error.ts';
import type {Evidence} from '../../evidence/evidence.ts';
import {agentPods, readDaemonSet, type AgentPlace, type AgentPod} from './agents.ts';
import {outageMilliseconds, until, type Look} from './patience.ts';
import type {StepContext} from '../step-work.ts';
import {listed} from '../../words.ts';

/** Longest time without one more agent that is there, new or ready. */
const startMilliseconds = 120_000;
/** The same where the kubelet cannot run those that are left: they get a second chance, no more. */
const illMilliseconds = 20_000;
const mostNamed = 3;

/** Agents before a plan is made: `waited` is whether one was starting, `trouble` what is still not ready; empty where all are. */
export type SettledAgents = {readonly waited: boolean; readonly trouble: string};

/**
 * Waits until no agent is starting and no restart of them is under way: what is on a node whose agent cannot be asked yet would
 * be missing in a plan. Gives up, and says on what, where nothing moves. Agents on nodes that are down are not waited for.
 */
export async function awaitSettledAgents(
	{cilium, nodes}: Pick<Evidence, 'cilium' | 'nodes'>,
	context: Pick<StepContext, 'client' | 'clock' | 'signal' | 'say'>,
): Promise<SettledAgents> {
	if (!cilium?.daemonSet) return {waited: false, trouble: ''};
	const place = {namespace: cilium.namespace, daemonSet: cilium.daemonSet.name};
	const down = new Set(nodes.filter(({ready}) => ready === false).map(({name}) => name));
	const {clock, signal, say} = context;
	let looks = 0;
	let most = -1;
	let moved = clock.now();
	const look = async (): Promise<Look<string>> => {
		looks += 1;
		const {text, isIll, done} = await unsettled(place, down, context);
		if (done > most) moved = clock.now();
		most = Math.max(most, done);
		const isGivenUp = clock.now() - moved >= (isIll ? illMilliseconds : startMilliseconds);
		return text === '' || isGivenUp ? {value: text} : {stillAt: `waiting for the agents: ${text}`, done};
	};

	try {
		const trouble = await until(look, {
			clock,
			signal,
			say,
			what: 'the agents cannot be read',
			hint: `See: kubectl -n ${place.namespace} rollout status daemonset/${place.daemonSet}`,
			limitMilliseconds: outageMilliseconds,
		});
		return {waited: looks > 1, trouble};
	} catch (error) {
		if (!(error instanceof ClusterError) || error.status !== 403) throw error;
		say(`cannot tell whether agents are starting: ${error.message}`);
		return {waited: false, trouble: ''};
	}
}

async function unsettled(
	place: AgentPlace,
	down: ReadonlySet<string>,
	context: Pick<StepContext, 'client' | 'signal'>,
): Promise<{text: string; isIll: boolean; done: number}> {
	const {strategy, selector, isObserved, desired, updated} = await readDaemonSet(context, place);
	const pods = await agentPods(context, place.namespace, selector);
	const unready = pods.filter(({ready, node}) => !ready && !down.has(node));
	const missing = Math.max(0, desired - pods.length - down.size);
	// Where only a person restarts agents, one that is not new is no restart under way.
	const old = strategy === 'OnDelete' ? 0 : Math.max(0, desired - down.size - updated);
	const done = updated + pods.length - unready.length;
	if (!isObserved) return {text: 'the DaemonSet controller has not seen the last change yet', isIll: false, done};
	const text = [
		unready.length === 0 ? '' : `not ready: ${listed(unready.map(named), mostNamed)}`,
		missing === 0 ? '' : `${missing} of ${desired} do not exist yet`,
		old === 0 ? '' : `${old} of ${desired} not restarted yet`,
	].filter(Boolean);
	return {text: text.join('; '), isIll: missing === 0 && unready.length > 0 && unready.every(isIll), done};
}

const named = ({node, trouble}: AgentPod): string => (trouble === '' ? node : `${node} (${trouble})`);

// Reasons of a waiting container that mean a failure, not a beginning (kubelet, pkg/kubelet/container and images/types.go).
const isIll = ({trouble}: AgentPod): boolean =>
	/^(?:CrashLoopBackOff|ImagePullBackOff|ErrImage\w+|InvalidImageName|(?:Create|Run)Container\w*Error)/.test(trouble);
