import {denies} from './causes/hp11.ts';
import {connectionProofs, hp29} from './causes/hp29.ts';
import {client, type Finding} from './diagnosis.ts';
import {explainedBy, type Explaining} from './explained-by.ts';
import {unanswering, type Unanswering} from './unanswering.ts';
import type {View} from './view.ts';

export type Joined = {
	/** The findings in the same order, those that explain a failed connection with it as a proof. */
	readonly findings: readonly Finding[];
	/** What none of them explains. */
	readonly unexplained: readonly Finding[];
	/** hostPorts that are mapped and proved dead, for another reason than their application: what is dead, by node. */
	readonly dead: ReadonlyMap<string, string>;
};

/** What was likely before is proved by a connection that failed. */
const provable = new Set(['HP12', 'HP13', 'HP15', 'HP20', 'HP21', 'HP28']);
/** What somebody has asked for: a fact, and no fault. */
const meant = new Set(['HP11']);
const mostProofs = 3;

type Known = Explaining & {readonly finding: Finding};

/** Puts findings and connections together: a silence that a finding explains proves it, and one that none explains is a finding. */
export function joinConnections(findings: readonly Finding[], view: View): Joined {
	const failures = unanswering(view);
	if (failures.length === 0) return {findings, unexplained: [], dead: new Map()};
	const known = index(findings);
	const explained = failures.map(failure => ({failure, finding: explanationOf(failure, known, view)}));
	const byFinding = Map.groupBy(explained, ({finding}) => finding);
	const joined = findings.map(finding => proved(finding, byFinding.get(finding)?.map(({failure}) => failure) ?? []));
	const unexplained = hp29(view, byFinding.get(undefined)?.map(({failure}) => failure) ?? []);
	const errors = new Set(
		[...unexplained, ...joined.filter(({code}) => provable.has(code))]
			.filter(({severity}) => severity === 'error')
			.flatMap(each => each.hostPorts),
	);
	const dead = new Map(
		explained.flatMap(({failure: {hostPort, failed}, finding}) => {
			const isApplication = finding?.severity === 'error' && finding.code === 'HP21';
			return errors.has(hostPort.name) && !isApplication
				? [[hostPort.pod.node, `${hostPort.name}: mapped, but does not answer from ${placeOf(failed)}`] as const]
				: [];
		}),
	);
	return {findings: joined, unexplained, dead};
}

/** By hostPort, so that a cluster on which much fails is no matter of squares; errors of a whole node by its name. */
function index(findings: readonly Finding[]): (failure: Unanswering) => readonly Known[] {
	const explaining = findings.filter(({code, severity}) => severity === 'error' || provable.has(code) || meant.has(code));
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
	const candidates = known(failure).filter(({code}) => code !== 'HP11' || denies(view, hostPort, 'remote-node'));
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
	const isMeant =
		meant.has(finding.code) ||
		// Rules that let in some senders alone.
		(finding.code === 'HP28' && finding.severity === 'info') ||
		failures.every(({hostPort}) => finding.code === 'HP20' && isForSomeSenders(hostPort.mapping?.conditions));
	return {
		...finding,
		severity: finding.severity === 'error' || !isMeant ? 'error' : 'warning',
		because: [...finding.because, ...failures.flatMap(failure => connectionProofs(failure).slice(0, 1)).slice(0, mostProofs)],
	};
}

/** portmap was told to serve some senders only: the others get no answer, as was meant. */
const isForSomeSenders = (conditions = ''): boolean =>
	/(?:^| )(?:-s|--source|-i|--in-interface|--src-\w+|--match-set \S+ src)\b/u.test(conditions);

const placeOf = ([first]: Unanswering['failed']): string =>
	first === undefined ? '' : `${first.from === client ? 'this machine' : first.from}: ${first.error}`;
