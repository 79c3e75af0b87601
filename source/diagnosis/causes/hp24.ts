import type {Finding} from '../diagnosis.ts';
import type {NodeView} from '../node-view.ts';
import type {SandboxEvent} from '../sandbox-events.ts';
import type {View} from '../view.ts';
import {alike, nodesInTitle} from '../wording.ts';
import type {Cause} from './cause.ts';

/** Pods do not start, or the agent does not run, for a reason that is not portmap's. */
export const hp24: Cause = {code: 'HP24', find: view => [...agentsDown(view), ...otherEvents(view)]};

function agentsDown(view: View): Finding[] {
	const nodes = view.judged.filter(({node}) => node.agent !== null && !node.agent.ready);
	const failing = nodes.filter(({node}) => /CrashLoopBackOff|Error|ImagePull|OOMKilled/.test(node.agent?.trouble ?? ''));
	return nodes.length === 0
		? []
		: [
				{
					code: 'HP24',
					severity: failing.length > 0 ? 'error' : 'warning',
					nodes: nodes.map(({name}) => name),
					hostPorts: [],
					title: `the Cilium agent on ${nodesInTitle(nodes)} is not ready`,
					because: alike(failing.length > 0 ? failing : nodes, ({node}) => ({
						source: 'agent pod',
						says: node.agent?.trouble || `${node.agent?.phase ?? ''}, not ready`,
					})),
					remedy: 'See the agent’s log, also of its previous run: with full kube-proxy replacement a failed kernel probe ends it.',
					repairable: false,
				},
			];
}

function otherEvents(view: View): Finding[] {
	const nodes = view.judged.filter(({events}) => events.some(isOther));
	return nodes.length === 0
		? []
		: [
				{
					code: 'HP24',
					severity: 'warning',
					nodes: nodes.map(({name}) => name),
					hostPorts: [],
					title: `pods fail to start on ${nodesInTitle(nodes)} for another reason than portmap`,
					because: nodes.slice(0, 3).flatMap(firstOther),
					remedy: 'Read the event: it is not a hostPort fault. It must be gone before a repair.',
					repairable: false,
				},
			];
}

function firstOther({events, name}: NodeView): Array<{source: string; says: string}> {
	return events
		.filter(isOther)
		.slice(0, 1)
		.map(({object, message}) => ({source: `event of ${object} on ${name}`, says: message}));
}

function isOther({missingPlugin, cannotRun, withoutBackend}: SandboxEvent): boolean {
	return missingPlugin !== 'portmap' && cannotRun === '' && withoutBackend === '';
}
