import {isTrue, replacementOf, type Settings} from './keys.ts';
import {isEveryAddress, isLoopback} from './promised-addresses.ts';
import {isVersion} from './version.ts';

/** Whether a place is to get an answer; `unknown`: what decides it was not seen. */
export type IsReached = 'yes' | 'no' | 'unknown';

/** Who is to reach a hostPort, by version, strategy and hostIP. What is `no` here and gets no answer is no fault. */
export type Reach = {
	/** Processes of the host network of the pod's own node, at the addresses that the hostIP stands for. */
	readonly node: IsReached;
	/** The same at the loopback address: 127.0.0.1 for a hostPort that is served over IPv4. */
	readonly loopback: IsReached;
	/** Everybody else, at the node's addresses: pods, other nodes, outside. */
	readonly elsewhere: IsReached;
	/** Why something is not `yes`, in one line; empty where all is. */
	readonly why: string;
};

/** What serves a hostPort, as far as it decides who reaches it. */
export type Serving = {
	readonly strategy: 'native' | 'portmap' | 'runtime' | 'none' | 'unknown';
	/** Cilium's socket programs translate what processes of the node itself send; undefined: not seen. */
	readonly socketLoadBalancing: boolean | undefined;
};

const everywhere = {node: 'yes', elsewhere: 'yes'} as const;
const withoutPrograms =
	'Cilium serves hostPort without its socket programs here (socketLB is off): the node itself and its loopback address are refused by design';

/**
 * Decides as the runs of docs/paths.md showed: Cilium 1.20.2 and 1.15.19, every strategy, every form of hostIP. A hostPort that
 * nothing serves is to be reached all the same: that it is not is the fault.
 */
export function reachOf({strategy, socketLoadBalancing}: Serving, hostIP: string): Reach {
	const own = ownNode(strategy, socketLoadBalancing);
	const why = own === 'no' ? withoutPrograms : own === 'unknown' ? "whether Cilium's socket programs run on the node was not seen" : '';
	// Nobody but the node itself has this address; where its own programs do not serve it, nobody reaches it, which is a fault.
	if (isLoopback(hostIP)) {
		return {node: 'no', elsewhere: 'no', loopback: 'yes', why: `hostIP ${hostIP}: meant for the node's loopback address alone`};
	}

	if (!isEveryAddress(hostIP)) return {...everywhere, node: own, loopback: 'no', why: why || `hostIP ${hostIP}: that address alone`};
	if (hostIP === '::') return {...everywhere, node: own, loopback: 'no', why: why || 'hostIP ::: IPv6 alone'};
	return {...everywhere, node: own, loopback: strategy === 'native' || strategy === 'portmap' ? own : 'unknown', why};
}

function ownNode(strategy: Serving['strategy'], socketLoadBalancing: boolean | undefined): IsReached {
	if (strategy !== 'native') return 'yes';
	return socketLoadBalancing === undefined ? 'unknown' : socketLoadBalancing ? 'yes' : 'no';
}

/**
 * Whether an agent with these settings attaches its socket programs: full replacement implies it, else a key of its own asks for it
 * (`bpf-lb-sock` since 1.12, `enable-host-reachable-services` before; daemon/cmd/kube_proxy_replacement.go). Undefined where only the
 * agent can tell.
 */
export function socketLoadBalancing(version: string, settings: Settings): boolean | undefined {
	if (!isVersion(version, '>=0.0.0')) return undefined;
	switch (replacementOf(version, settings)) {
		case 'true': {
			return true;
		}

		case 'strict': {
			return isVersion(version, '<1.14.0') ? true : undefined;
		}

		case 'probe': {
			return undefined;
		}

		default: {
			const key = isVersion(version, '>=1.12.0') ? 'bpf-lb-sock' : 'enable-host-reachable-services';
			return isTrue(settings[key]);
		}
	}
}
