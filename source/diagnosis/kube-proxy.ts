import type {Evidence} from '../evidence/evidence.ts';
import {tables} from './port-mappings.ts';

type KubeProxy = {
	readonly runs: boolean;
	/** `iptables`, `ipvs`, `nftables`; empty where it was not seen. */
	readonly mode: string;
};

/** Where it serves its metrics unless told otherwise (kubernetes pkg/cluster/ports: ProxyStatusPort); Cilium listens on none such. */
const metricsPort = 10_249;

/**
 * Whether kube-proxy runs in the cluster, and how. Where it is no DaemonSet and has no ConfigMap (k3s, RKE2, by hand) the nodes tell:
 * the chain that it keeps in iptables mode (pkg/util/iptables, `KUBE-PROXY-CANARY`), its interface in IPVS mode, its table in nftables
 * mode (`kube-proxy` of ip and ip6, pkg/proxy/nftables), or the port of its metrics.
 */
export function kubeProxyOf({otherDaemonSets, kubeProxyMode, nodes}: Evidence): KubeProxy {
	const seen = nodes.flatMap(({observation}) => observation ?? []);
	const signs: ReadonlyArray<[mode: string, isSeen: boolean]> = [
		[kubeProxyMode, kubeProxyMode !== ''],
		['ipvs', seen.some(({facts}) => facts['kube-ipvs0'] !== undefined)],
		['nftables', seen.some(({nftables}) => nftables?.tables.some(name => /^ip6? kube-proxy$/u.test(name)) === true)],
		['iptables', seen.some(({nat}) => tables(nat).some(({rules}) => rules.some(line => line.startsWith(':KUBE-PROXY-CANARY '))))],
	];
	const mode = signs.find(([, isSeen]) => isSeen)?.[0] ?? '';
	const listens = seen.some(({listeners}) => listeners?.some(({protocol, port}) => protocol === 'TCP' && port === metricsPort) === true);
	return {runs: mode !== '' || listens || otherDaemonSets.some(name => /\/kube-proxy\b/.test(name)), mode};
}

/** Whether kube-proxy runs in the cluster. */
export function hasKubeProxy(evidence: Evidence): boolean {
	return kubeProxyOf(evidence).runs;
}
