import {reachOf} from '../cilium/expected-reach.ts';
import {whyUnknown} from '../cilium/releases.ts';
import type {Evidence} from '../evidence/evidence.ts';
import type {Cause, SoFar} from './causes/cause.ts';
import {causeOf, causes} from './causes/index.ts';
import type {Diagnosis, Finding, NodeDiagnosis, Severity} from './diagnosis.ts';
import {droppingRule} from './dropping-rules.ts';
import {deadByNode, joinConnections} from './join-connections.ts';
import type {NodeView} from './node-view.ts';
import {atOnce, type Pieces} from './pieces.ts';
import {servingOf} from './serving.ts';
import {staleMappings} from './stale-mappings.ts';
import {settlingAgents, unanswering} from './unanswering.ts';
import {verdictOf, type NodeVerdict} from './verdict.ts';
import {view, viewing, type View} from './view.ts';

type DiagnoseOptions = {
	/** RFC 3339; the time of the evidence unless told, so that the same evidence gives the same diagnosis. */
	readonly generatedAt?: string;
};

/**
 * What the evidence means: every node's verdict, every hostPort's state, and the causes, worst first.
 * Pure, and total: whatever evidence lacks shows as `unknown`, it never throws.
 */
export function diagnose(evidence: Evidence, options: DiagnoseOptions = {}): Diagnosis {
	return atOnce(diagnosing(evidence, options));
}

/** The same in pieces: a cause of thousands of nodes is the longest of them. */
export function* diagnosing(evidence: Evidence, {generatedAt = evidence.collectedAt}: DiagnoseOptions = {}): Pieces<Diagnosis> {
	const seen = yield* viewing(evidence);
	// The longest of what causes ask of each node and hostPort: worked out here, so that it takes no turn of its own.
	for (const node of seen.nodes) {
		for (const hostPort of seen.hostPortsOf(node)) droppingRule(seen, hostPort);
		staleMappings(seen, node);
		yield;
	}

	const unranked: Array<ReturnType<NonNullable<Cause['find']>>[number] & Ranked> = [];
	for (const [rank, {find}] of causes.entries()) {
		for (const made of find?.(seen) ?? []) unranked.push({...made, rank});
		yield;
	}

	const found = ranked(unranked);
	const verdictOf = yield* verdicts(seen, found);
	const {findings, explained} = joinConnections(
		found.map(({finding}) => finding),
		seen,
	);
	const soFar: SoFar = {
		verdictOf,
		unexplained: explained.flatMap(({failure, finding}) => (finding === undefined ? [failure] : [])),
	};
	yield;
	const concluded: Ranked[] = [];
	for (const [rank, {conclude}] of causes.entries()) {
		for (const {finding} of conclude?.(seen, soFar) ?? []) concluded.push({finding, rank});
		if (conclude !== undefined) yield;
	}

	const all = ranked(
		[...findings.map((finding, index) => ({finding, rank: found[index]?.rank ?? 0})), ...concluded].map(({finding, rank}) => ({
			finding: asFarAsKnown(finding, seen),
			rank,
		})),
	).map(({finding}) => finding);
	const early = earlyByNode(soFar);
	const dead = deadByNode([...findings, ...concluded.map(({finding}) => finding)], explained);
	yield;
	const nodes: NodeDiagnosis[] = [];
	for (const node of seen.nodes) {
		nodes.push(nodeDiagnosis(node, soFar.verdictOf(node), dead.get(node.name) ?? faultOf(node, all), early.get(node.name)));
		yield;
	}

	return {
		apiVersion: 'hostport.dev/v1',
		kind: 'Diagnosis',
		generatedAt,
		cluster: {
			server: evidence.server,
			kubernetes: evidence.kubernetes,
			cilium: {version: seen.version, namespace: evidence.cilium?.namespace ?? '', path: seen.path},
		},
		nodes,
		hostPorts: seen.hostPorts.map(each => ({
			...each.diagnosis,
			reach: reachOf(servingOf(seen.nodeOf(each)), each.diagnosis.hostIP),
			answers: seen.answersOf(each),
		})),
		findings: withoutEmptyPraise(all),
	};
}

/** Seconds after which connections that failed and prove nothing yet would prove something; 0 where there are none. */
export function settlesIn(evidence: Evidence): number {
	const settling = settlingAgents(evidence);
	if (evidence.nodes.every(({name}) => settling(name) === 0)) return 0;
	return Math.max(0, ...unanswering(view(evidence)).map(each => each.settlesIn));
}

/** Of a release that this program does not know nothing is an error, and what is said of it says so. */
function asFarAsKnown(finding: Finding, {evidence, nodes, version}: View): Finding {
	if (evidence.cilium === null || (finding.severity === 'info' && causeOf(finding.code)?.allIsWell !== true)) return finding;
	const concerned = new Set(finding.nodes);
	const versions = nodes.filter(({name}) => concerned.has(name)).map(each => each.version);
	const why = [version, ...versions].map(each => whyUnknown(each)).find(each => each !== '');
	return why === undefined
		? finding
		: {
				...finding,
				severity: finding.severity === 'error' ? 'warning' : finding.severity,
				because: [...finding.because, {source: 'kubectl-hostport', says: why}],
			};
}

const severities: readonly Severity[] = ['error', 'warning', 'info'];

type Ranked = {readonly finding: Finding; readonly rank: number};

/** Worst first, then by the causes' rank, then by how many nodes it concerns: the first is the one to act on. */
function ranked<T extends Ranked>(found: readonly T[]): T[] {
	return found.toSorted(
		(a, b) =>
			severities.indexOf(a.finding.severity) - severities.indexOf(b.finding.severity) ||
			a.rank - b.rank ||
			b.finding.nodes.length - a.finding.nodes.length,
	);
}

/** By node, why what does not answer there proves nothing yet. */
const earlyByNode = ({unexplained}: SoFar): ReadonlyMap<string, string> =>
	new Map(
		unexplained
			.filter(({settlesIn}) => settlesIn > 0)
			.map(({hostPort: {pod, name}}) => [
				pod.node,
				`${name} does not answer, but an agent involved has only just started: run check again`,
			]),
	);

/** That nothing is wrong is said only where nothing else is; what is to come is no fault of today. */
function withoutEmptyPraise(findings: Finding[]): Finding[] {
	return findings.some(({code, severity}) => severity !== 'info' && causeOf(code)?.ofTomorrow !== true)
		? findings.filter(({code}) => causeOf(code)?.allIsWell !== true)
		: findings;
}

/** What the worst finding says of a node: no node is well on which something is proved wrong that is not a pod's own matter. */
function faultOf({name}: NodeView, findings: readonly Finding[]): string | undefined {
	return findings.find(({code, severity, nodes}) => severity === 'error' && nodes.includes(name) && causeOf(code)?.ofPod !== true)?.title;
}

/** The verdict of each node, worked out once: what the findings say of it, and what was seen of it. */
function* verdicts(seen: View, found: ReturnType<NonNullable<Cause['find']>>): Pieces<SoFar['verdictOf']> {
	const ofNode = new Map<string, NodeVerdict>();
	for (const node of seen.nodes) {
		const said = found.flatMap(({verdicts: all}) => all.get(node.name) ?? []);
		ofNode.set(node.name, verdictOf(node, seen, said));
		yield;
	}

	return node => ofNode.get(node.name) ?? {verdict: 'unknown', reason: ''};
}

/**
 * @param fault what is proved wrong there, where the node's own judgement does not see it
 * @param open what is not proved yet
 */
function nodeDiagnosis(seen: NodeView, judgement: NodeVerdict, fault: string | undefined, open: string | undefined): NodeDiagnosis {
	const {node, loaded, observation} = seen;
	const beyond: NodeVerdict | undefined =
		fault !== undefined ? {verdict: 'degraded', reason: fault} : open !== undefined ? {verdict: 'unknown', reason: open} : undefined;
	return {
		name: node.name,
		...(judgement.verdict === 'ok' ? (beyond ?? judgement) : judgement),
		kernel: observation?.kernel || node.kernel,
		arch: node.architecture,
		cni: {
			file: loaded?.file.name ?? '',
			plugins: loaded?.plugins ?? [],
			binaries: (observation?.binaryFolder?.files ?? []).map(({name}) => name).sort(),
			binDir: observation?.binaryFolder?.host ?? '',
		},
		via: node.via,
		attempts: node.attempts,
		reach: reachOf(servingOf(seen), ''),
	};
}
