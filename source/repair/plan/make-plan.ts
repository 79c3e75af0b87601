import {nodesIn} from '../../choices.ts';
import type {Diagnosis} from '../../diagnosis/diagnosis.ts';
import type {NodeView} from '../../diagnosis/node-view.ts';
import {isExpected} from '../../diagnosis/host-port-view.ts';
import {hp24} from '../../diagnosis/causes/hp24.ts';
import type {Refusal} from '../../diagnosis/refusals.ts';
import {isDown, repairable} from '../../diagnosis/repairable-nodes.ts';
import {recommendStrategy} from '../../diagnosis/strategy.ts';
import {view as viewOf, type View} from '../../diagnosis/view.ts';
import type {Evidence} from '../../evidence/evidence.ts';
import {neededChanges, neededKeys} from './needed-change.ts';
import {listOf, passedBy, type Planning} from './planning.ts';
import type {Choice, Plan, Surroundings} from './plan.ts';
import {remaining} from './remaining.ts';
import {binaryPlaces} from './binary-places.ts';
import {planWarnings} from './warnings.ts';
import {plannedSteps, stepRefusals, podsNotRestartedBySteps, sideEffectsOf, summaryOf} from '../steps/index.ts';
import {strategyOptions} from './strategies.ts';

/**
 * Ordered steps that bring hostPort to work in the chosen way. Pure: the same evidence gives the same plan. The order is
 * the safety: every binary is in place and has run before any runtime is told to call it.
 */
export function makePlan(evidence: Evidence, diagnosis: Diagnosis, choice: Choice, surroundings: Surroundings = {}): Plan {
	const view = viewOf(evidence);
	const options = strategyOptions(view, recommendStrategy(view));
	const changes = neededKeys(view, choice.strategy);
	const all = repairable(view);
	const isNamed = ({name}: NodeView): boolean => choice.nodes === undefined || choice.nodes.length === 0 || choice.nodes.includes(name);
	const planning: Planning = {
		view,
		diagnosis,
		choice,
		surroundings,
		nodes: all.filter(node => isNamed(node) && !isDown(node)),
		unreachable: all.filter(isDown),
		changes,
		fileChanges: neededChanges(evidence, choice.strategy),
	};
	const option = options.find(({strategy}) => strategy === choice.strategy);
	const refusals = [...(option?.refusals ?? []), ...choiceRefusals(planning)];
	const steps = refusals.length > 0 ? [] : plannedSteps(planning);
	return {
		apiVersion: 'hostport.dev/v1',
		kind: 'Plan',
		server: evidence.server,
		namespace: evidence.cilium?.namespace ?? '',
		kubernetes: evidence.kubernetes,
		ciliumVersion: view.version,
		choice,
		options,
		steps,
		summary: summaryOf(choice.strategy, steps),
		sideEffects: sideEffectsOf(steps, option),
		refusals,
		binaries: steps.length === 0 ? [] : binaryPlaces(planning),
		warnings: steps.length === 0 ? [] : planWarnings(planning, steps),
		skipped: view.nodes.filter(node => !planning.nodes.includes(node)).map(node => ({node: node.name, reason: passedBy(node, planning)})),
		left: refusals.length > 0 ? [] : podsNotRestartedBySteps(planning),
		remaining: steps.length === 0 ? [] : remaining(planning),
	};
}

/** Names of nodes that are none, whatever the steps say of the choice, and nodes of which too little is known. */
function choiceRefusals(planning: Planning): Refusal[] {
	const {view, choice, nodes} = planning;
	const known = new Set(view.nodes.map(({name}) => name));
	const unknown = [...(choice.nodes ?? []), ...nodesIn(choice)].filter(name => !known.has(name));
	const unread = choice.strategy === 'portmap' ? nodes.filter(node => isUnread(node, view)) : [];
	const [{node: {agent}} = {node: {agent: null}}] = unread;
	return [
		...(unknown.length === 0 ? [] : [{code: '', message: `node not found: ${unknown.join(', ')}`, hint: 'See: kubectl get nodes'}]),
		...stepRefusals(planning),
		...(unread.length === 0
			? []
			: [
					{
						code: hp24.code,
						message: `${listOf(unread)}: the agent is not ready${agent?.trouble ? ` (${agent.trouble})` : ''}, so it is not known which pods there have no rules`,
						hint: `Get it running first: kubectl -n ${view.evidence.cilium?.namespace} logs ${agent?.pod || 'ds/cilium'}`,
					},
				]),
	];
}

/** Whether hostPorts of a node are not known because its agent does not answer: a plan without them would leave them dead. */
function isUnread(node: NodeView, {hostPortsOf}: View): boolean {
	if (node.node.agent?.ready === true) return false;
	return hostPortsOf(node).some(hostPort => hostPort.diagnosis.state === 'unknown' && isExpected(hostPort));
}
