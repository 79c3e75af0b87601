import {isTrue} from '../../cilium/keys.ts';
import {minorOf} from '../../cilium/version.ts';
import {isSilence} from '../failed-connection.ts';
import {finding, hostPortsOn} from '../finding.ts';
import {settingsOf} from '../repairable-nodes.ts';
import {nodesInTitle} from '../wording.ts';
import {defineCause} from './cause.ts';

/** What answered beside the host firewall without any policy for nodes (test/e2e/real-settings.test.ts). */
const measured = [
	{version: '1.15.19', says: 'a pod gets no answer from a hostPort of its own node; every other place does'},
	{version: '1.20.2', says: 'every place gets an answer as long as no policy selects the nodes'},
];

/** Cilium's host firewall together with portmap: the two do not work together (cilium/cilium#12541). */
export const hp12 = defineCause({
	code: 'HP12',
	title: 'Cilium’s host firewall is on with portmap',
	meaning:
		'The host firewall and portmap with kube-proxy do not work together. How much is dead differs by version: without any policy for nodes a pod of 1.15.19 gets no answer from a hostPort of its own node while every other place does; on 1.20.2 every place does.',
	proof: ['`enable-host-firewall: "true"` or HostFirewall in the status', 'hostPorts are served by portmap'],
	toldApart: ['HP11: there a policy of the pod drops it'],
	cure: ['Choose one: full kube-proxy replacement for hostPort, or no host firewall.'],
	falseLeads: [],
	sources: ['cilium/cilium#12541', 'cilium/cilium#12781'],
	explains: isSilence,
	proved: () => 'error',
	refuses: (view, strategy) =>
		strategy === 'portmap' && settingsOf(view).some(each => isTrue(each['enable-host-firewall']))
			? [{message: 'the host firewall is on: portmap chaining does not work with it (cilium/cilium #12541)', hint: 'Choose native.'}]
			: [],
	find(view) {
		const isSet = isTrue(view.evidence.cilium?.configMap?.data['enable-host-firewall']);
		const nodes = view.judged.filter(({path, status}) => path === 'portmap' && (isSet || isOn(status?.hostFirewall)));
		return finding({
			severity: 'warning',
			nodes,
			hostPorts: hostPortsOn(view, nodes),
			title: `hostPort by portmap on ${nodesInTitle(nodes)} does not work with Cilium's host firewall, which is on`,
			because: [
				isSet
					? {source: `configmap ${view.evidence.cilium?.namespace ?? ''}/cilium-config`, says: 'enable-host-firewall: true'}
					: {source: `cilium status on ${nodes[0]?.name ?? ''}`, says: `host firewall: ${nodes[0]?.status?.hostFirewall ?? ''}`},
				{source: 'cilium/cilium#12541', says: 'host firewall, portmap and kube-proxy together: hostPort is dead'},
				...measured
					.filter(({version}) => minorOf(version) === minorOf(nodes[0]?.version ?? ''))
					.map(({version, says}) => ({source: `packets on Cilium ${version}`, says})),
			],
			remedy: 'Choose one: full kube-proxy replacement for hostPort, or no host firewall. kubectl hostport changes neither.',
		});
	},
});

function isOn(mode: string | undefined): boolean {
	return mode !== undefined && /^enabled/i.test(mode);
}
