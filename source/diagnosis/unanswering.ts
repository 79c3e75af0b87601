import {reachOf} from '../cilium/expected-reach.ts';
import {client, type HostPortAnswer, type Proof} from './diagnosis.ts';
import {isExpected, isLeaving, type HostPortView} from './host-port-view.ts';
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
};

/** For about ten seconds after an agent is ready a path may still be refused (seen on 1.15.19): three times as much is waited for. */
const settleSeconds = 30;

/**
 * The hostPorts with a connection that failed and proves something. This machine may stand outside of the cluster's network, or have
 * somebody else at the same address: its silence proves nothing, and a refusal only where no other node was asked.
 */
export function unanswering(view: View): Unanswering[] {
	const isYoung = youngAgents(view);
	return view.hostPorts.flatMap(hostPort => {
		const all = view.answersOf(hostPort);
		if (all.length === 0 || !isToAnswer(hostPort) || isYoung(hostPort.pod.node)) return [];
		// Whether others have a way to an address that Kubernetes does not know is a matter of routes.
		const known = new Set(view.nodeOf(hostPort)?.node.addresses.map(({address}) => address));
		const reach = reachOf(servingOf(view.nodeOf(hostPort)), hostPort.port.hostIP);
		const failed = all.filter(({ok, error, from, address}) => {
			if (ok || !known.has(address)) return false;
			if (from === client) return error === 'refused' && reach.elsewhere === 'yes' && !isAskedInside(all, hostPort, address);
			return (from === hostPort.pod.node ? reach.node : reach.elsewhere) === 'yes' && !isYoung(from);
		});
		return failed.length === 0 ? [] : [{hostPort, failed, answersSomewhere: all.some(({ok}) => ok)}];
	});
}

/** Whether a connection to it is to succeed at all: it is mapped, and its pod says that it is ready. */
function isToAnswer(hostPort: HostPortView): boolean {
	return hostPort.diagnosis.state === 'wired' && hostPort.pod.ready && isExpected(hostPort) && !isLeaving(hostPort);
}

function isAskedInside(all: readonly HostPortAnswer[], {pod}: HostPortView, address: string): boolean {
	return all.some(other => other.from !== client && other.from !== pod.node && other.address === address);
}

function youngAgents({evidence}: View): (node: string) => boolean {
	const now = secondsOf(evidence.collectedAt);
	const young = new Set(
		evidence.nodes.flatMap(({name, agent}) => {
			const started = secondsOf(agent?.startedAt ?? null);
			return now !== undefined && started !== undefined && started > now - settleSeconds ? [name] : [];
		}),
	);
	return node => young.has(node);
}

/** Each connection that failed, and what is right about its hostPort; two at most. */
export function connectionProofs({hostPort, failed}: Unanswering): Proof[] {
	const {name, diagnosis, port} = hostPort;
	return failed.slice(0, 2).map(answer => ({
		source: `connection from ${placeOf(answer)} to ${answer.address.includes(':') ? `[${answer.address}]` : answer.address}:${port.hostPort}`,
		says: `${answer.error}; ${name} is mapped (${diagnosis.by})`,
	}));
}

export const placeOf = ({from}: Pick<HostPortAnswer, 'from'>): string => (from === client ? 'this machine' : from);
