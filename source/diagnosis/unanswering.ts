import {reachOf} from '../cilium/expected-reach.ts';
import {client, type HostPortAnswer, type Proof} from './diagnosis.ts';
import {isExpected, isLeaving, type HostPortView} from './host-port-view.ts';
import type {Evidence} from '../evidence/evidence.ts';
import {servingOf} from './serving.ts';
import {secondsOf} from './time.ts';
import type {View} from './view.ts';

/** A mapped hostPort of a pod that is ready, which did not answer where it should. */
export type Unanswering = {
	readonly hostPort: HostPortView;
	/** The connections that failed. */
	readonly failed: readonly HostPortAnswer[];
	/** Somebody else got an answer at one of its addresses. */
	readonly answersSomewhere: boolean;
	/** Seconds until a failure proves something, since an agent on the way has only just started; 0: it does. */
	readonly settlesIn: number;
};

/** For about ten seconds after an agent is ready a path may still be refused (seen on 1.15.19): three times as much is waited for. */
const settleSeconds = 30;

/**
 * The hostPorts with a connection that failed where it should not. This machine may stand outside of the cluster's network, or have
 * somebody else at the same address: its silence proves nothing, and a refusal only where no other node was asked.
 */
export function unanswering(view: View): Unanswering[] {
	const settling = settlingAgents(view.evidence);
	return view.hostPorts.flatMap(hostPort => {
		const all = view.answersOf(hostPort);
		if (all.length === 0 || !isToAnswer(hostPort)) return [];
		// Whether others have a way to an address that Kubernetes does not know is a matter of routes.
		const known = new Set(view.nodeOf(hostPort)?.node.addresses.map(({address}) => address));
		const reach = reachOf(servingOf(view.nodeOf(hostPort)), hostPort.port.hostIP);
		const failed = all.filter(({ok, error, from, address}) => {
			if (ok || !known.has(address)) return false;
			if (from === client) return error === 'refused' && reach.elsewhere === 'yes' && !isAskedInside(all, hostPort, address);
			return (from === hostPort.pod.node ? reach.node : reach.elsewhere) === 'yes';
		});
		const secondsOfAnswer = ({from}: HostPortAnswer): number => Math.max(settling(from), settling(hostPort.pod.node));
		const proving = failed.filter(answer => secondsOfAnswer(answer) === 0);
		const shown = proving.length > 0 ? proving : failed;
		const settlesIn = proving.length > 0 ? 0 : Math.max(0, ...failed.map(secondsOfAnswer));
		return shown.length === 0 ? [] : [{hostPort, failed: shown, answersSomewhere: all.some(({ok}) => ok), settlesIn}];
	});
}

/** Whether a connection to it is to succeed at all: it is mapped, and its pod says that it is ready. */
function isToAnswer(hostPort: HostPortView): boolean {
	return hostPort.diagnosis.state === 'wired' && hostPort.pod.ready && isExpected(hostPort) && !isLeaving(hostPort);
}

function isAskedInside(all: readonly HostPortAnswer[], {pod}: HostPortView, address: string): boolean {
	return all.some(other => other.from !== client && other.from !== pod.node && other.address === address);
}

/**
 * For each node the seconds until its agent has run for long enough, by the clock of the node, whose kubelet wrote the start; 0 where it
 * has, or where nothing says when it started.
 */
export function settlingAgents(evidence: Evidence): (node: string) => number {
	const left = new Map(
		evidence.nodes.map(({name, agent, observation}) => {
			const now = (observation?.clock || secondsOf(evidence.collectedAt)) ?? 0;
			const started = secondsOf(agent?.startedAt ?? null);
			return [name, started === undefined ? 0 : Math.max(0, Math.min(settleSeconds, started + settleSeconds - now))] as const;
		}),
	);
	return node => left.get(node) ?? 0;
}

/** Each connection that failed, and what is right about its hostPort; two at most. */
export function connectionProofs({hostPort, failed}: Unanswering): Proof[] {
	const {name, diagnosis, port} = hostPort;
	return failed.slice(0, 2).map(answer => ({
		source: `connection from ${placeOf(answer)} to ${answer.address.includes(':') ? `[${answer.address}]` : answer.address}:${port.hostPort}`,
		says: `${answer.error}; ${name} is mapped (${diagnosis.by})`,
	}));
}

/** From where it was tried, in words. */
export const placeOf = ({from}: Pick<HostPortAnswer, 'from'>): string => (from === client ? 'this machine' : from);
