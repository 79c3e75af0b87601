import {replacementValues} from '../../cilium/keys.ts';
import type {Finding, Proof} from '../diagnosis.ts';
import type {NodeView} from '../node-view.ts';
import {isForeignFile, isRefused, isWithoutNetwork} from '../pathless.ts';
import {configMapName, loadedFileProofs} from '../proofs.ts';
import type {SandboxEvent} from '../sandbox-events.ts';
import type {View} from '../view.ts';
import {alike, nodesInTitle, some} from '../wording.ts';
import type {Cause} from './cause.ts';

/** Pods do not start, or the agent does not run, for a reason that is not portmap's. */
export const hp24: Cause = {
	code: 'HP24',
	find: view => [...agentsDown(view), ...pluginsMissing(view), ...agentsMissing(view), ...networkNotReady(view), ...otherEvents(view)],
};

function agentsDown(view: View): Finding[] {
	const nodes = view.judged.filter(({node}) => node.agent !== null && !node.agent.ready);
	const stopped = nodes.filter(({withoutConfiguration}) => withoutConfiguration);
	const failing = nodes.filter(({node}) => /CrashLoopBackOff|Error|ImagePull|OOMKilled/.test(node.agent?.trouble ?? ''));
	return nodes.length === 0
		? []
		: [
				{
					code: 'HP24',
					severity: failing.length > 0 || stopped.length > 0 ? 'error' : 'warning',
					nodes: nodes.map(({name}) => name),
					hostPorts: [],
					title: `the Cilium agent on ${nodesInTitle(nodes)} is not ready`,
					because: [
						...alike(failing.length > 0 ? failing : nodes, ({node}) => ({
							source: 'agent pod',
							says: node.agent?.trouble || `${node.agent?.phase ?? ''}, not ready`,
						})),
						...refusedValues(view, nodes),
						...logProofs(nodes),
						...loadedFileProofs(stopped),
					],
					remedy: 'See the agent’s log, also of its previous run: with full kube-proxy replacement a failed kernel probe ends it.',
					repairable: false,
				},
			];
}

/** A value that this version does not take ends the agent (1.18: "invalid value for kube-proxy-replacement"). */
function refusedValues(view: View, nodes: readonly NodeView[]): Proof[] {
	return alike(nodes, ({version, settings, native}) =>
		native.byKeys?.because === 'value-not-taken'
			? {
					source: configMapName(view),
					says: `kube-proxy-replacement: ${settings?.['kube-proxy-replacement'] ?? ''}, which Cilium ${version} does not take (${replacementValues(version).join(', ')})`,
				}
			: undefined,
	);
}

/** What the agent said last before it stopped. */
function logProofs(nodes: readonly NodeView[]): Proof[] {
	return alike(nodes, ({observation}) => {
		const line = observation?.agentLog.findLast(each => /level=(?:fatal|error)|"level":"(?:fatal|error)"|panic:/i.test(each));
		return line === undefined ? undefined : {source: 'agent log', says: line};
	});
}

/** A plugin of Cilium's own file, or the runtime's own, that is not in its folder. Of another file it is that file's fault (HP05). */
function pluginsMissing(view: View): Finding[] {
	const nodes = view.judged.filter(node => node.missingPlugins.length > 0 && !isForeignFile(node));
	const names = [...new Set(nodes.flatMap(({missingPlugins}) => missingPlugins))].sort();
	return nodes.length === 0
		? []
		: [
				{
					code: 'HP24',
					severity: 'error',
					nodes: nodes.map(({name}) => name),
					hostPorts: nodes
						.flatMap(node => view.hostPortsOf(node))
						.filter(({diagnosis}) => diagnosis.state === 'unwired')
						.map(({name}) => name),
					title: `no pod can start or stop on ${nodesInTitle(nodes)}: the CNI plugin ${names.join(' and ')} is not there`,
					because: [
						...loadedFileProofs(nodes),
						...alike(nodes, ({missingPlugins, binary, observation}) => ({
							source: binary.folder,
							says: `no ${missingPlugins.join(', no ')}; there are ${(observation?.binaryFolder?.files ?? []).map(({name}) => name).join(', ') || 'no files'}`,
						})),
						...nodes.slice(0, 3).flatMap(firstOther),
					],
					remedy: names.includes('loopback')
						? 'Put the plugin back: it comes with the node’s CNI plugins package, or with the Cilium agent, which installs it when its pod is made.'
						: 'Make the agent pod there anew: it installs Cilium’s own plugins when it starts.',
					repairable: false,
				},
			];
}

/** Nodes without an agent, where the agents' pods could be listed: no pod gets a network there. */
function agentsMissing(view: View): Finding[] {
	const {daemonSet} = view.evidence.cilium ?? {};
	const nodes = view.judged.filter(({node}) => node.agent === null);
	const isUnlisted = view.evidence.gaps.some(({what}) => what.startsWith('Cilium agent pods'));
	if (!daemonSet || nodes.length === 0 || isUnlisted) {
		return [];
	}

	return [
		{
			code: 'HP24',
			severity: 'warning',
			nodes: nodes.map(({name}) => name),
			hostPorts: nodes.flatMap(node => view.hostPortsOf(node)).map(({name}) => name),
			title: `no Cilium agent runs on ${nodesInTitle(nodes)}: no new pod gets a network there`,
			because: [
				{
					source: 'pods of the Cilium agent',
					says: `none on ${some(nodes.map(({name}) => name))}; the DaemonSet wants ${daemonSet.desired}, ${daemonSet.ready} are ready`,
				},
				...alike(nodes, ({node}) => (node.taints.length > 0 ? {source: 'taints', says: node.taints.join(', ')} : undefined)),
			],
			remedy: 'See why the DaemonSet makes no pod there: its nodeSelector, affinity and tolerations against the node’s labels and taints.',
			repairable: false,
		},
	];
}

/** The node itself says that its runtime has no network for pods, and nothing that was seen explains it. It may be over by now. */
function networkNotReady(view: View): Finding[] {
	const nodes = view.judged.filter(isWithoutNetwork);
	return nodes.length === 0
		? []
		: [
				{
					code: 'HP24',
					severity: 'warning',
					nodes: nodes.map(({name}) => name),
					hostPorts: [],
					title: `${nodesInTitle(nodes)} ${nodes.length === 1 ? 'says' : 'say'} that no pod can get a network, and what was seen does not tell why`,
					because: [...alike(nodes, ({node}) => ({source: 'node', says: node.readyMessage})), ...loadedFileProofs(nodes)],
					remedy: 'Look again in a minute. If it stays: the log of the container runtime says what it does not take in the CNI folder.',
					repairable: false,
				},
			];
}

function otherEvents(view: View): Finding[] {
	// What the folders explain is said there, with this event as one of its proofs.
	const nodes = view.judged.filter(node => node.missingPlugins.length === 0 && !isRefused(node) && node.events.some(isOther));
	return nodes.length === 0
		? []
		: [
				{
					code: 'HP24',
					severity: 'warning',
					nodes: nodes.map(({name}) => name),
					hostPorts: [],
					title: `pods fail to start or stop on ${nodesInTitle(nodes)} for another reason than a missing portmap`,
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

/** A pod that is gone suffers no more; whether the next would, its own event tells. */
function isOther({missingPlugin, cannotRun, withoutBackend, isOfThePast}: SandboxEvent): boolean {
	return missingPlugin !== 'portmap' && cannotRun === '' && withoutBackend === '' && !isOfThePast;
}
