import pMap from 'p-map';
import type {ConnectFromHere} from '../connect/connect-from-here.ts';
import type {Probe} from './evidence.ts';
import {probeAnswerOf} from './parse-connections.ts';
import type {ProbeTarget} from './probe-targets.ts';

const concurrency = 128;
const timeoutMilliseconds = 2000;

type ClientConnections = {
	/** Begins no more and gives the answers that there are, at most two seconds later; null where there are none. Never rejects. */
	finish(): Promise<Probe[] | null>;
};

/**
 * Connects from this machine while nodes are being asked. A machine outside of the cluster's network gets no answer from anywhere:
 * after as many in a row as are tried at once, no more are.
 */
export function clientConnections(
	targets: readonly ProbeTarget[],
	connect: ConnectFromHere | undefined,
	signal: AbortSignal,
): ClientConnections {
	if (connect === undefined) return {finish: async () => null};
	const probes: Probe[] = [];
	let isOver = false;
	let hasAnswer = false;
	const all = pMap(
		targets,
		async ({address, port}) => {
			if (isOver || signal.aborted || (!hasAnswer && probes.length >= concurrency)) return;
			const answer = probeAnswerOf(await connect({protocol: 'TCP', address, port}, {signal, timeoutMilliseconds}));
			if (answer === undefined || signal.aborted) return;
			hasAnswer ||= answer === 'open' || answer === 'refused';
			probes.push({address, port, answer});
		},
		{concurrency},
	);
	return {
		async finish() {
			isOver = true;
			await all;
			return probes.length === 0 ? null : probes;
		},
	};
}
