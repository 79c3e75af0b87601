import type {PodResult, Proof, ProofResult, UnjudgedResult} from './proof.ts';

/**
 * What each answer says of the hostPort, in the light of the others: a pod that does not answer at its own address, and a
 * place outside that nothing comes back to, are not hostPort's fault.
 */
export function judged(results: readonly UnjudgedResult[], pods: readonly PodResult[]): readonly ProofResult[] {
	const ownAnswers = Map.groupBy(pods, ({hostPort}) => hostPort);
	const inside = results.filter(({from}) => from !== 'client');
	const namesOf = (some: readonly UnjudgedResult[]): ReadonlySet<string> => new Set(some.map(({hostPort}) => hostPort));
	const answeringInside = namesOf(inside.filter(({ok}) => ok));
	const elsewhere = inside.filter(({via, node}) => via !== node);
	const askedElsewhere = namesOf(elsewhere);
	const answeringElsewhere = namesOf(elsewhere.filter(({ok}) => ok));
	const answering = new Set(results.filter(({ok}) => ok).map(familyOf));
	const whereOf = (hostPort: string): Pick<Known, 'answersInside' | 'answersElsewhere'> => ({
		answersInside: answeringInside.has(hostPort),
		answersElsewhere: askedElsewhere.has(hostPort) ? answeringElsewhere.has(hostPort) : undefined,
	});
	return results.map(result => {
		const own = (ownAnswers.get(result.hostPort) ?? []).filter(pod => familyOf(pod) === familyOf(result));
		const isAlive = answering.has(familyOf(result)) || own.some(({ok}) => ok);
		return {...result, ...judge(result, {own, isAlive, ...whereOf(result.hostPort)})};
	});
}

// The application may listen in one family alone.
const familyOf = ({hostPort, address}: Pick<ProofResult, 'hostPort' | 'address'>): string => `${hostPort} ${address.includes(':')}`;

type Known = {
	readonly own: readonly PodResult[];
	/** Something has come back from the application, whichever way. */
	readonly isAlive: boolean;
	/** From somewhere in the cluster, its own node included. */
	readonly answersInside: boolean;
	/** From another node or a pod there; undefined: nobody asked from there. */
	readonly answersElsewhere: boolean | undefined;
};

function judge(
	{ok, error, from, via, node, hostPort}: UnjudgedResult,
	{own, isAlive, answersInside, answersElsewhere = answersInside}: Known,
): Pick<ProofResult, 'verdict' | 'note'> {
	if (ok) return {verdict: 'works', note: ''};
	if (hostPort.endsWith('/UDP') && error === 'no answer') {
		return isAlive
			? {verdict: 'fails', note: 'the application answers otherwise, and nothing comes back this way'}
			: {verdict: 'not proven', note: 'UDP: silence proves nothing, the application may not answer what it does not understand'};
	}

	const dead = !isAlive && own.every(answer => answer.error !== 'no answer') ? own[0] : undefined;
	if (dead !== undefined)
		return {verdict: 'fails', note: `HP21: the application does not answer at its own address ${dead.address} either (${dead.error})`};
	const isOnTheWay = error === 'timed out' || error === 'unreachable';
	if (from === 'client' && answersElsewhere && isOnTheWay) {
		return {
			verdict: 'not proven',
			note: 'it answers inside the cluster: this machine has no way to the node, or a firewall stands between (HP13)',
		};
	}

	if (from === 'pod' && via === node && answersInside && error === 'timed out') {
		return {verdict: 'fails', note: 'from a pod on the same node; known of portmap behind Cilium (cilium/cilium #9784)'};
	}

	if (from !== 'pod' && via !== node && answersInside && !answersElsewhere && isOnTheWay) {
		return {
			verdict: 'fails',
			note: 'it answers on its own node alone: a route, a firewall or a rule of the node stands in the way of others',
		};
	}

	return {verdict: 'fails', note: ''};
}

export type ProofCount = {readonly works: number; readonly fails: number; readonly notProven: number; readonly unasked: number};

export function countOf({results, unasked}: Proof): ProofCount {
	const count = (wanted: ProofResult['verdict']): number => results.filter(({verdict}) => verdict === wanted).length;
	return {works: count('works'), fails: count('fails'), notProven: count('not proven'), unasked: unasked.length};
}

/** `12 of 14 connections work, 2 not proven, 1 place could not be asked`. */
export function summaryOf(proof: Proof): string {
	const {works, fails, notProven, unasked} = countOf(proof);
	const parts = [
		proof.results.length === 0 ? 'nothing was connected to' : `${works} of ${proof.results.length} connections work`,
		fails > 0 ? `${fails} fail` : '',
		notProven > 0 ? `${notProven} not proven` : '',
		unasked > 0 ? `${unasked} could not be asked` : '',
	];
	return parts.filter(part => part !== '').join(', ');
}
