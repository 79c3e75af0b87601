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
import {listOf, type Planning} from './planning.ts';
import type {Choice, Plan, Surroundings} from './plan.ts';
import {remaining} from './remaining.ts';
import {binaryPlaces} from './binary-places.ts';
import {podsLeft} from './workloads.ts';
import {planWarnings} from './warnings.ts';
import {plannedSteps, stepRefusals, summaryOf} from '../steps/index.ts';
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
		leftOut: all.filter(isDown),
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
		refusals,
		binaries: steps.length === 0 ? [] : binaryPlaces(planning),
		warnings: steps.length === 0 ? [] : planWarnings(planning, steps),
		skipped: view.nodes.filter(node => !planning.nodes.includes(node)).map(node => ({node: node.name, reason: passedBy(node, planning)})),
		left: refusals.length > 0 ? [] : podsLeft(planning),
		remaining: steps.length === 0 ? [] : remaining(planning),
	};
}

function choiceRefusals(planning: Planning): Refusal[] {
	const {view, choice, changes, leftOut, nodes} = planning;
	const refusals: Refusal[] = [];
	const known = new Set(view.nodes.map(({name}) => name));
	const unknown = [...(choice.nodes ?? []), ...(choice.leaveOut ?? []), ...(choice.canary === undefined ? [] : [choice.canary])].filter(
		name => !known.has(name),
	);
	if (unknown.length > 0) refusals.push({code: '', message: `node not found: ${unknown.join(', ')}`, hint: 'See: kubectl get nodes'});
	const canary = choice.canary === undefined ? undefined : view.nodes.find(({name}) => name === choice.canary);
	if (canary !== undefined && !nodes.includes(canary)) {
		refusals.push({
			code: '',
			message: `${canary.name} cannot go first: ${passedBy(canary, {leftOut, choice})}`,
			hint: 'Choose another node with --canary.',
		});
	}

	const answering = nodes.filter(({name}) => choice.leaveOut?.includes(name) === true);
	if (answering.length > 0) {
		refusals.push({
			code: '',
			message: `${listOf(answering)} is reachable and cannot be skipped: its agent would chain portmap too`,
			hint: 'Use --leave-out only for unreachable nodes.',
		});
	}

	refusals.push(...stepRefusals(planning));
	const unread = choice.strategy === 'portmap' ? nodes.filter(node => isUnread(node, view)) : [];
	if (unread[0] !== undefined) {
		const trouble = unread[0].node.agent?.trouble ?? '';
		refusals.push({
			code: hp24.code,
			message: `${listOf(unread)}: the agent is not ready${trouble === '' ? '' : ` (${trouble})`}, so it is not known which pods there have no rules`,
			hint: `Get it running first: kubectl -n ${view.evidence.cilium?.namespace} logs ${unread[0].node.agent?.pod || 'ds/cilium'}`,
		});
	}

	if (Object.keys(changes).length === 0) return refusals;
	if ((choice.nodes ?? []).length > 0) {
		refusals.push({
			code: '',
			message: `this repair changes cilium-config, which applies to all nodes, not only to ${choice.nodes?.join(', ')}`,
			hint: 'Run fix without node names; --canary NODE sets which one goes first.',
		});
	}

	// A node that comes back later would load the chained list and have no binary: the very outage this program exists to prevent.
	const surprising = choice.strategy === 'portmap' ? leftOut.filter(({name}) => choice.leaveOut?.includes(name) !== true) : [];
	if (surprising.length > 0) {
		refusals.push({
			code: '',
			message: `${listOf(surprising)} is unreachable: if it returns without portmap once portmap is chained, no pod can start or stop there`,
			hint: `Bring it back or delete the Node object. If its image has portmap: --leave-out ${surprising[0]?.name}`,
		});
	}

	return refusals;
}

/** Whether hostPorts of a node are not known because its agent does not answer: a plan without them would leave them dead. */
function isUnread(node: NodeView, {hostPortsOf}: View): boolean {
	if (node.node.agent?.ready === true) return false;
	return hostPortsOf(node).some(hostPort => hostPort.diagnosis.state === 'unknown' && isExpected(hostPort));
}

function passedBy(node: NodeView, {leftOut, choice}: Pick<Planning, 'leftOut' | 'choice'>): string {
	if (leftOut.includes(node)) return `it is unreachable: ${node.skipped || node.node.readyMessage || 'not ready'}`;
	if (node.skipped !== '') return node.skipped;
	return (choice.nodes ?? []).length > 0 ? 'not among the nodes named' : 'not affected';
}
