import {isTrue} from '../../cilium/keys.ts';
import {minorOf} from '../../cilium/version.ts';
import {nodesInTitle} from '../wording.ts';
import type {Cause} from './cause.ts';

/** What answered beside the host firewall without any policy for nodes (test/e2e/real-settings.test.ts). */
const measured = [
	{version: '1.15.19', says: 'a pod gets no answer from a hostPort of its own node; every other place does'},
	{version: '1.20.2', says: 'every place gets an answer as long as no policy selects the nodes'},
];

/** Cilium's host firewall together with portmap: the two do not work together (cilium/cilium#12541). */
export const hp12: Cause = {
	code: 'HP12',
	find(view) {
		const isSet = isTrue(view.evidence.cilium?.configMap?.data['enable-host-firewall']);
		const nodes = view.judged.filter(({path, status}) => path === 'portmap' && (isSet || isOn(status?.hostFirewall)));
		return nodes.length === 0
			? []
			: [
					{
						code: 'HP12',
						severity: 'warning',
						nodes: nodes.map(({name}) => name),
						hostPorts: nodes.flatMap(node => view.hostPortsOf(node)).map(({name}) => name),
						title: `Cilium's host firewall is on and portmap serves hostPort on ${nodesInTitle(nodes)}: the two do not work together`,
						because: [
							isSet
								? {source: `configmap ${view.evidence.cilium?.namespace ?? ''}/cilium-config`, says: 'enable-host-firewall: true'}
								: {source: `cilium status on ${nodes[0]?.name ?? ''}`, says: `host firewall: ${nodes[0]?.status?.hostFirewall ?? ''}`},
							{source: 'cilium/cilium#12541', says: 'host firewall, portmap and kube-proxy together: hostPort is dead'},
							...measured
								.filter(({version}) => minorOf(version) === minorOf(nodes[0]?.version ?? ''))
								.map(({version, says}) => ({source: `packets on Cilium ${version}`, says})),
						],
						remedy: 'Choose one: full kube-proxy replacement for hostPort, or no host firewall. Nothing is changed here by us.',
						repairable: false,
					},
				];
	},
};

function isOn(mode: string | undefined): boolean {
	return mode !== undefined && /^enabled/i.test(mode);
}
