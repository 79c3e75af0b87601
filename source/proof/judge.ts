import type {HostPortServer} from '../diagnosis/diagnosis.ts';
import {hp21} from '../diagnosis/causes/hp21.ts';
import {causeOf} from '../diagnosis/causes/index.ts';
import {explainedBy, type Explaining} from '../diagnosis/explained-by.ts';
import type {PodResult, ProofResult, UnjudgedResult} from './proof.ts';

/** What `check` said just before. */
export type Said = {
	/** Worst first. */
	readonly findings: readonly Explaining[];
	/** Names of hostPorts that it calls mapped. */
	readonly mapped: ReadonlySet<string>;
	/** What serves hostPort on the cluster. */
	readonly path: HostPortServer;
};

const nothingSaid: Said = {findings: [], mapped: new Set(), path: 'none'};

/**
 * What each answer says of the hostPort, in the light of the others and of what `check` found: a pod that does not answer at its own
 * address, and a place outside that nothing comes back to, are not hostPort's fault.
 */
export function judged(results: readonly UnjudgedResult[], pods: readonly PodResult[], said: Said = nothingSaid): readonly ProofResult[] {
	const ownAnswers = Map.groupBy(pods, ({hostPort}) => hostPort);
	const inside = results.filter(({from}) => from !== 'client');
	const namesOf = (some: readonly UnjudgedResult[]): ReadonlySet<string> => new Set(some.map(({hostPort}) => hostPort));
	const answeringInside = namesOf(inside.filter(({ok}) => ok));
	const elsewhere = inside.filter(({via, node}) => via !== node);
	const askedElsewhere = namesOf(elsewhere);
	const answeringElsewhere = namesOf(elsewhere.filter(({ok}) => ok));
	const answering = new Set(results.filter(({ok}) => ok).map(familyOf));
	const answeringAtAll = namesOf(results.filter(({ok}) => ok));
	return results.map(({because, ...result}) => {
		const {hostPort} = result;
		const own = (ownAnswers.get(hostPort) ?? []).filter(pod => familyOf(pod) === familyOf(result));
		const known: Known = {
			own,
			because,
			isAlive: answering.has(familyOf(result)) || own.some(({ok}) => ok),
			answersInside: answeringInside.has(hostPort),
			answersElsewhere: askedElsewhere.has(hostPort) ? answeringElsewhere.has(hostPort) : undefined,
			isMappedInVain: said.mapped.has(hostPort) && !answeringAtAll.has(hostPort),
			isByPortmap: said.path === 'portmap',
			explanation: explainedBy(result, said.findings, answeringAtAll.has(hostPort)),
		};
		return {...result, finding: '', ...judge(result, known)};
	});
}

// The application may listen in one family alone.
const familyOf = ({hostPort, address}: Pick<ProofResult, 'hostPort' | 'address'>): string => `${hostPort} ${address.includes(':')}`;

type Known = {
	readonly own: readonly PodResult[];
	/** Why the place is expected to get no answer, or why it is not known. */
	readonly because: string;
	/** Something has come back from the application, whichever way. */
	readonly isAlive: boolean;
	/** From somewhere in the cluster, its own node included. */
	readonly answersInside: boolean;
	/** From another node or a pod there; undefined: nobody asked from there. */
	readonly answersElsewhere: boolean | undefined;
	/** `check` calls it mapped, and nobody got an answer. */
	readonly isMappedInVain: boolean;
	readonly isByPortmap: boolean;
	readonly explanation: Explaining | undefined;
};

type Judgement = Pick<ProofResult, 'verdict' | 'note'> & Partial<Pick<ProofResult, 'finding'>>;
type Judged = Omit<UnjudgedResult, 'because'>;

function judge(result: Judged, known: Known): Judgement {
	const {because, own, isAlive} = known;
	if (result.ok) return judgeAnswer(result, known);
	if (result.expected === 'no answer') return {verdict: 'not served', note: because};
	const isSilentUdp = result.hostPort.endsWith('/UDP') && result.error === 'no answer';
	if (isSilentUdp && !isAlive) {
		return {verdict: 'not proven', note: 'UDP: no answer proves nothing, the application may ignore what it does not understand'};
	}

	const dead = !isAlive && own.every(answer => answer.error !== 'no answer') ? own[0] : undefined;
	if (dead !== undefined) {
		const note = `${hp21.code}: the application does not answer at its own address ${dead.address} either (${dead.error})`;
		return {verdict: 'fails', note, finding: hp21.code};
	}

	return explained(judgeFailure(result, known), known.explanation);
}

/** A finding says more than what is true of every cluster. */
function explained(judgement: Judgement, explanation: Explaining | undefined): Judgement {
	return explanation === undefined
		? judgement
		: {...judgement, note: `${explanation.code}: ${explanation.title}`, finding: explanation.code};
}

function judgeAnswer({expected}: Judged, {because, explanation}: Known): Judgement {
	if (explanation !== undefined && causeOf(explanation.code)?.anotherAnswers === true)
		return explained({verdict: 'not proven', note: ''}, explanation);
	if (expected !== 'no answer') return {verdict: 'works', note: ''};
	const note = `an unexpected answer (${because}): the port is not private, or another process listens there`;
	// What is no more than information tells what the port is meant for.
	return explained({verdict: 'works', note}, explanation?.severity === 'info' ? undefined : explanation);
}

function judgeFailure(
	{error, expected, from, via, node, hostPort}: Judged,
	{because, answersInside, answersElsewhere = answersInside, isMappedInVain, isByPortmap}: Known,
): Judgement {
	if (expected === 'unknown') return {verdict: 'not proven', note: because};
	if (hostPort.endsWith('/UDP') && error === 'no answer')
		return {verdict: 'fails', note: 'the application answers elsewhere, but not from here'};
	const isOnTheWay = error === 'timed out' || error === 'unreachable';
	if (from === 'client' && answersElsewhere && isOnTheWay) {
		return {
			verdict: 'not proven',
			note: 'it answers inside the cluster: this machine has no route to the node, or a firewall blocks it (HP13)',
		};
	}

	if (from === 'pod' && via === node && answersInside && error === 'timed out' && isByPortmap) {
		// With BPF masquerading measured on 1.20.2 (docs/paths.md); 1.20.2 and 1.15.19 without it answer.
		return {
			verdict: 'fails',
			note: 'only from a pod of its own node; portmap loses this answer if enable-bpf-masquerade is on, and may on an older Cilium (cilium/cilium#9784)',
		};
	}

	const isFromAfar = via !== node;
	if (from !== 'pod' && isFromAfar && answersInside && !answersElsewhere && isOnTheWay) {
		return {
			verdict: 'fails',
			note: 'it answers only on its own node: a route, a firewall or a rule of the node blocks others',
		};
	}

	if (isFromAfar && answersInside && !answersElsewhere && error === 'refused') {
		// Seen on 1.15.19 where the kernel refused its program, and on both versions for an address that Cilium omits.
		return {
			verdict: 'fails',
			note: 'it answers only on its own node: traffic from others is not handled there; Cilium may have failed to load a program (check the log of its agent) or may not serve the address',
		};
	}

	if (isMappedInVain) {
		return {
			verdict: 'fails',
			note: 'check reports it as mapped, but no place gets an answer: something that check cannot see drops or refuses it',
		};
	}

	return {verdict: 'fails', note: ''};
}
