import {replacementValues} from '../../cilium/keys.ts';
import {lastWords} from '../agent-last-words.ts';
import type {Proof} from '../diagnosis.ts';
import {finding, type Found, hostPortsOn} from '../finding.ts';
import type {NodeView} from '../node-view.ts';
import {configMapName, loadedFileProofs} from '../proofs.ts';
import type {View} from '../view.ts';
import {alike, nodesInTitle, some} from '../wording.ts';

/** HP24 of agents that do not run or are not ready: what they or the kubelet say, and what helps. */
export function agentsDown(view: View): Found[] {
	const nodes = view.judged.filter(({node}) => node.agent !== null && !node.agent.ready);
	const bare = nodes.filter(({withoutConfiguration}) => withoutConfiguration);
	const failing = nodes.filter(({node}) => /CrashLoopBackOff|Error|ImagePull|OOMKilled/.test(node.agent?.trouble ?? ''));
	return finding({
		severity: failing.length > 0 || bare.length > 0 ? 'error' : 'warning',
		nodes,
		title: `the Cilium agent on ${nodesInTitle(nodes)} is not ready`,
		because: [
			...alike(failing.length > 0 ? failing : nodes, ({node}) => ({
				source: 'agent pod',
				says: node.agent?.trouble || `${node.agent?.phase ?? ''}, not ready`,
			})),
			...refusedValues(view, nodes),
			...logProofs(nodes),
			...loadedFileProofs(bare),
		],
		remedy: remedyForAgents(view, nodes),
	});
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
	return alike(nodes, node => {
		const last = lastWords(node);
		return last === undefined || last.line === node.node.agent?.trouble ? undefined : {source: 'agent log', says: last.line};
	});
}

/** The agent's own words say more than any general advice: they are quoted, with what helps against them. */
function remedyForAgents({evidence}: View, nodes: readonly NodeView[]): string {
	const all = nodes.flatMap(node => lastWords(node) ?? []);
	const different = [...new Map(all.map(words => [words.says, words])).values()].slice(0, 2);
	const pod = nodes.find(({node}) => node.agent?.pod)?.node.agent?.pod ?? '';
	const log = `kubectl -n ${evidence.cilium?.namespace ?? 'kube-system'} logs ${pod} -c cilium-agent --previous`;
	if (different.length === 0) {
		const trouble = nodes.map(({node}) => node.agent?.trouble ?? '').find(Boolean) ?? '';
		return (
			remedyForPod(trouble, pod, evidence.cilium?.namespace ?? 'kube-system') ??
			`Read the agent's last log lines: ${log}. With full kube-proxy replacement a failed kernel probe ends it.`
		);
	}

	return `${different.map(({says, remedy, ended}) => `The agent ${ended ? 'ended with' : 'says'} “${says}”. ${remedy}`).join(' ')} Its full log: ${log}`;
}

/** What helps an agent that has not come to its own words: by the kubelet's for its pod; undefined where they leave it open. */
function remedyForPod(trouble: string, pod: string, namespace: string): string | undefined {
	const describe = `kubectl -n ${namespace} describe pod ${pod}`;
	if (/ErrImage|ImagePull|InvalidImageName/.test(trouble)) {
		return `Make the agent’s image available to these nodes (registry, tag, pull secret): ${describe}.`;
	}

	if (/OOMKilled/.test(trouble)) return `Give the agent more memory (chart: resources.limits.memory): ${describe}.`;
	if (/CreateContainer|RunContainerError|FailedMount|Unschedulable/.test(trouble)) return `Repair what the pod says first: ${describe}.`;
	const init = /restarting failed container=(?!cilium-agent\b)([\w-]+)/.exec(trouble)?.[1];
	if (init === undefined) return undefined;
	const isConfig =
		init === 'config'
			? ' It reads cilium-config from the API server: without kube-proxy set k8sServiceHost and k8sServicePort in the chart.'
			: '';
	return `Read the log of its init container: kubectl -n ${namespace} logs ${pod} -c ${init} --previous.${isConfig}`;
}

/** HP24 of nodes without an agent, where the agents' pods could be listed: no pod gets a network there. */
export function agentsMissing(view: View): Found[] {
	const {daemonSet} = view.evidence.cilium ?? {};
	const nodes = view.judged.filter(({node}) => node.agent === null);
	const isUnlisted = view.evidence.gaps.some(({of}) => of === 'agents');
	if (!daemonSet || isUnlisted) return [];

	return finding({
		severity: 'warning',
		nodes,
		hostPorts: hostPortsOn(view, nodes),
		title: `no Cilium agent runs on ${nodesInTitle(nodes)}: no new pod gets a network there`,
		because: [
			{
				source: 'pods of the Cilium agent',
				says: `none on ${some(nodes.map(({name}) => name))}; the DaemonSet wants ${daemonSet.desired}, ${daemonSet.ready} are ready`,
			},
			...alike(nodes, ({node}) => (node.taints.length > 0 ? {source: 'taints', says: node.taints.join(', ')} : undefined)),
		],
		remedy:
			'Find out why the DaemonSet creates no pod there: compare its nodeSelector, affinity and tolerations with the node’s labels and taints.',
	});
}
