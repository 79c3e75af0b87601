import type {Evidence} from '../evidence/evidence.ts';
import {tables} from './port-mappings.ts';

/**
 * Whether kube-proxy runs in the cluster. Where it is no DaemonSet (k3s, RKE2, by hand) the chain that it keeps on a node tells
 * (pkg/util/iptables, `KUBE-PROXY-CANARY`).
 */
export function hasKubeProxy({otherDaemonSets, kubeProxyMode, nodes}: Evidence): boolean {
	return (
		kubeProxyMode !== '' ||
		otherDaemonSets.some(name => /\/kube-proxy\b/.test(name)) ||
		nodes.some(({observation}) => tables(observation?.nat).some(({rules}) => rules.some(line => line.startsWith(':KUBE-PROXY-CANARY '))))
	);
}
