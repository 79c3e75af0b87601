import {causeOf} from '../../diagnosis/causes/index.ts';
import {hostPortName, type Diagnosis} from '../../diagnosis/diagnosis.ts';
import type {Evidence, HostPortPod} from '../../evidence/evidence.ts';
import {countOf, summaryOf} from '../../proof/summary.ts';
import {goneNote} from '../../proof/gone-pods.ts';
import type {Proof, ProofResult} from '../../proof/proof.ts';
import {listed} from '../../words.ts';
import {isTerminating} from '../../terminating.ts';

/** Whether a repair has done what it answers for. */
export type RepairVerdict = {
	/** Everything that a repair answers for works. */
	readonly ok: boolean;
	/** One line. */
	readonly summary: string;
};

/**
 * hostPorts that nobody can be reached on before a repair and not because of what it repairs: applications that do not answer
 * at their own address, pods that do not run by their own fault (HP21), pods that no node has a port for (HP14). By workload
 * and port, because names of pods change with a repair.
 */
export function silentBefore({pods}: Evidence, {findings}: Diagnosis): ReadonlySet<string> {
	const keys = keysOf(pods);
	const silent = findings.filter(({code}) => causeOf(code)?.ofPod === true).flatMap(({hostPorts}) => hostPorts);
	return new Set(silent.flatMap(name => keys.get(name) ?? []));
}

/** Pods with a hostPort that are on their way, to start or to stop, and were not silent before: none of them can be proved yet. */
function podsInMotion({pods}: Evidence, silent: ReadonlySet<string>): readonly string[] {
	const keys = keysOf(pods);
	return pods
		.filter(pod => !pod.hostNetwork && pod.phase !== 'Succeeded' && pod.phase !== 'Failed' && !isServing(pod))
		.filter(pod => namesOf(pod).some(name => !silent.has(keys.get(name) ?? '')))
		.map(({namespace, name, phase, trouble}) => `${namespace}/${name} is ${trouble || phase}`);
}

/**
 * What connections after a repair say of it. What was silent before is not repaired, nor broken by it; an application that is
 * silent since, and a pod that does not come, count as failures like every port that does not answer.
 * @param left pods that the plan leaves as they are, `namespace/name`
 */
export function judgeRepair(
	proof: Proof,
	evidence: Evidence,
	silent: ReadonlySet<string>,
	left: ReadonlySet<string> = new Set(),
): RepairVerdict {
	const keys = keysOf(evidence.pods);
	const failed = proof.results.filter(({verdict}) => verdict === 'fails');
	const isExcused = ({finding, hostPort}: ProofResult): boolean => causeOf(finding)?.ofPod === true && silent.has(keys.get(hostPort) ?? '');
	const isLeft = ({hostPort}: ProofResult): boolean => left.has(hostPort.slice(0, hostPort.lastIndexOf(':')));
	const [first, ...more] = failed.filter(result => !isExcused(result) && !isLeft(result));
	if (first !== undefined) {
		const others = more.length === 0 ? '' : ` and ${more.length} more`;
		const why = [first.error, first.note].filter(text => text !== '').join(', ');
		return {ok: false, summary: `${first.hostPort} from ${first.via} (${first.from}): ${why}${others}; ${summaryOf(proof)}`};
	}

	const gone = new Set(proof.results.filter(({gone: isGone}) => isGone === true).map(({hostPort}) => hostPort));
	const coming = [...podsInMotion(evidence, silent), ...[...gone].map(hostPort => `${hostPort}: ${goneNote}`)];
	const told = coming.length > 0 ? [several(coming)] : proof.unasked.slice(0, 3);
	const summary = [
		summaryOf(proof),
		...told,
		...excuses(failed.filter(result => !isLeft(result))),
		...leftAlone(failed.filter(isLeft)),
	].join('; ');
	// Nothing failed because nothing could be tried: that is no proof.
	return {ok: coming.length === 0 && (proof.unasked.length === 0 || countOf(proof).works > 0), summary};
}

function excuses(failed: readonly ProofResult[]): string[] {
	const names = [...new Set(failed.map(({hostPort}) => hostPort))];
	return names.length === 0 ? [] : [`the application behind ${several(names)} does not answer, as before (HP21)`];
}

function leftAlone(failed: readonly ProofResult[]): string[] {
	const names = [...new Set(failed.map(({hostPort}) => hostPort))];
	return names.length === 0 ? [] : [`${several(names)}: the pod was not restarted`];
}

const several = (names: readonly string[]): string => listed(names, 3);

const isServing = (pod: HostPortPod): boolean => pod.phase === 'Running' && pod.podIPs.length > 0 && !isTerminating(pod);

const nameOf = ({namespace, name}: HostPortPod, {hostPort, protocol}: HostPortPod['ports'][number]): string =>
	hostPortName({namespace, pod: name, hostPort, protocol: protocol.toUpperCase()});

const namesOf = (pod: HostPortPod): string[] => pod.ports.filter(({hostPort}) => hostPort > 0).map(port => nameOf(pod, port));

function keysOf(pods: readonly HostPortPod[]): ReadonlyMap<string, string> {
	return new Map(
		pods.flatMap(pod => {
			const workload = pod.owner === '' ? `Pod/${pod.name}` : pod.owner;
			return pod.ports.map(port => [nameOf(pod, port), `${pod.namespace} ${workload} ${port.hostPort}/${port.protocol}`] as const);
		}),
	);
}
