import type {Finding} from './diagnosis.ts';

/** What is needed of a finding to tell whether it explains an answer. */
export type Explaining = Pick<Finding, 'code' | 'severity' | 'nodes' | 'hostPorts' | 'title'>;

/** A connection that failed. */
export type Asked = {
	/** `namespace/pod:hostPort/PROTOCOL`. */
	readonly hostPort: string;
	/** The node that the hostPort's pod runs on. */
	readonly node: string;
	/** Where it came from, as `verify` names places; all that counts here are `same-node` and `client`. */
	readonly from: string;
	/** The node that it left from; empty for the user's own machine. */
	readonly via: string;
	/** In the kernel's words. */
	readonly error: string;
};

/** Nothing came back: dropped on the way, or sent to somebody who is not there. */
const isSilence = ({error}: Asked): boolean => error === 'timed out' || error === 'no answer' || error === 'unreachable';
const isFromAfar = ({from, node, via}: Asked): boolean => from === 'client' || via !== node;
const never = (): boolean => false;

/**
 * What the findings with these codes explain, where it is less than every failure of the hostPorts that they name. Some speak of
 * what is to come or of something else, and explain no connection of now.
 */
const explainsOnly: Readonly<Record<string, (asked: Asked) => boolean>> = {
	// To come: with the next start of the agent, the next run of a tool, the next node.
	HP06: never,
	HP25: never,
	// What the cluster is, and that nothing is wrong.
	HP18: never,
	HP22: never,
	// That nothing explains it.
	HP29: never,
	// Policies drop, and never what the node itself sends to its pods (Cilium, `allow-localhost`).
	HP11: asked => isSilence(asked) && !(asked.from === 'same-node'),
	// Firewalls before and on the node.
	HP12: isSilence,
	// A rule that rejects is heard as a refusal.
	HP13: isFromAfar,
	// On the way in from another machine, or of an answer to it.
	HP28: isFromAfar,
	// Conntrack holds UDP senders to another pod.
	HP16: ({hostPort, ...asked}) => hostPort.endsWith('/UDP') && isSilence({hostPort, ...asked}),
};

/** Findings that tell that somebody else answers on the hostPort: an answer is then none of its pod. */
export const anotherAnswers: ReadonlySet<string> = new Set(['HP26']);

/** Nothing carries the hostPort, they say: where any place gets an answer, they explain none of the others. */
const ofWholePort = new Set(['HP01', 'HP01b', 'HP03', 'HP04', 'HP10', 'HP19']);

/**
 * Findings of no more than information that explain a failure all the same, because what they tell of is possible. Not HP20: what it
 * tells as information is meant, and such a place is expected to get no answer.
 */
const toldAsInformation = new Set(['HP11', 'HP13', 'HP28']);

/**
 * The finding of `check` that explains why a connection failed: one that names the hostPort, else an error of its whole node. They
 * come worst first, and so the first is it.
 * @param answersSomewhere the hostPort answers from another place
 */
export function explainedBy<T extends Explaining>(asked: Asked, findings: readonly T[], answersSomewhere = false): T | undefined {
	const fitting = findings.filter(
		({code, severity}) =>
			(severity !== 'info' || toldAsInformation.has(code)) &&
			!(answersSomewhere && ofWholePort.has(code)) &&
			(explainsOnly[code]?.(asked) ?? true),
	);
	return (
		fitting.find(({hostPorts}) => hostPorts.includes(asked.hostPort)) ??
		fitting.find(({severity, hostPorts, nodes}) => severity === 'error' && hostPorts.length === 0 && nodes.includes(asked.node))
	);
}
