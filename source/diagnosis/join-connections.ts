import {causeOf} from './causes/index.ts';
import {client, type Finding} from './diagnosis.ts';
import {explainedBy, type Explaining} from './explained-by.ts';
import {connectionProofs, unanswering, type Unanswering} from './unanswering.ts';
import type {View} from './view.ts';

type Joined = {
	/** The findings in the same order, those that explain a failed connection with it as a proof. */
	readonly findings: readonly Finding[];
	/** The connections that failed, and those of the findings that explain them. */
	readonly explained: ReadonlyArray<{readonly failure: Unanswering; readonly finding: Finding | undefined}>;
};

const mostProofs = 3;

type Known = Explaining & {readonly finding: Finding};

/** Puts findings and connections together: a silence that a finding explains proves it, and one that none explains is a finding. */
export function joinConnections(findings: readonly Finding[], view: View): Joined {
	const failures = unanswering(view);
	const known = index(findings);
	const explained = failures.map(failure => ({failure, finding: explanationOf(failure, known, view)}));
	const byFinding = Map.groupBy(explained, ({finding}) => finding);
	const joined = findings.map(finding =>
		proved(finding, byFinding.get(finding)?.flatMap(({failure}) => (failure.settlesIn === 0 ? [failure] : [])) ?? []),
	);
	return {findings: joined, explained};
}

/** hostPorts that are mapped and proved dead, for another reason than their own pods: what is dead, by node. */
export function deadByNode(findings: readonly Finding[], explained: Joined['explained']): ReadonlyMap<string, string> {
	const errors = new Set(
		findings.filter(({code, severity}) => severity === 'error' && causeOf(code)?.proved !== undefined).flatMap(each => each.hostPorts),
	);
	return new Map(
		explained.flatMap(({failure: {hostPort, failed}, finding}) => {
			const isOfPod = finding?.severity === 'error' && causeOf(finding.code)?.ofPod === true;
			return errors.has(hostPort.name) && !isOfPod
				? [[hostPort.pod.node, `${hostPort.name}: mapped, but does not answer from ${placeOf(failed)}`] as const]
				: [];
		}),
	);
}

/** By hostPort, so that a cluster on which much fails is no matter of squares; errors of a whole node by its name. */
function index(findings: readonly Finding[]): (failure: Unanswering) => readonly Known[] {
	const explaining = findings.filter(({code, severity}) => severity === 'error' || causeOf(code)?.proved !== undefined);
	const known = explaining.flatMap((finding, rank) =>
		(finding.hostPorts.length > 0 ? finding.hostPorts : finding.nodes).map(name => ({name, rank, finding})),
	);
	const byName = Map.groupBy(known, ({name}) => name);
	return ({hostPort}) =>
		[...(byName.get(hostPort.name) ?? []), ...(byName.get(hostPort.pod.node) ?? [])]
			.toSorted((a, b) => a.rank - b.rank)
			.map(({finding}) => ({
				...finding,
				hostPorts: finding.hostPorts.length > 0 ? [hostPort.name] : [],
				nodes: [hostPort.pod.node],
				finding,
			}));
}

function explanationOf(failure: Unanswering, known: (failure: Unanswering) => readonly Known[], view: View): Finding | undefined {
	const {hostPort, failed, answersSomewhere} = failure;
	const candidates = known(failure).filter(({code}) => causeOf(code)?.keepsOut?.(view, hostPort) ?? true);
	for (const {from, error} of failed) {
		const place = from === client ? 'client' : from === hostPort.pod.node ? 'same-node' : 'other-node';
		const asked = {hostPort: hostPort.name, node: hostPort.pod.node, from: place, via: from === client ? '' : from, error};
		const found = explainedBy(asked, candidates, answersSomewhere);
		if (found !== undefined) return found.finding;
	}

	return undefined;
}

function proved(finding: Finding, failures: readonly Unanswering[]): Finding {
	if (failures.length === 0) return finding;
	return {
		...finding,
		severity: finding.severity === 'error' ? 'error' : (causeOf(finding.code)?.proved?.(finding, failures) ?? finding.severity),
		because: [...finding.because, ...failures.flatMap(failure => connectionProofs(failure).slice(0, 1)).slice(0, mostProofs)],
	};
}

const placeOf = ([first]: Unanswering['failed']): string =>
	first === undefined ? '' : `${first.from === client ? 'this machine' : first.from}: ${first.error}`;
