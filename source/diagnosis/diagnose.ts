import {reachOf} from '../cilium/expected-reach.ts';
import {whyUnknown} from '../cilium/releases.ts';
import type {Evidence} from '../evidence/evidence.ts';
import {causes} from './causes/index.ts';
import type {Diagnosis, Finding, NodeDiagnosis, Severity} from './diagnosis.ts';
import {joinConnections} from './join-connections.ts';
import type {NodeView} from './node-view.ts';
import {servingOf} from './serving.ts';
import {verdictOf} from './verdict.ts';
import {view, type View} from './view.ts';

export type DiagnoseOptions = {
	/** RFC 3339; the time of the evidence unless told, so that the same evidence gives the same diagnosis. */
	readonly generatedAt?: string;
};

/**
 * What the evidence means: every node's verdict, every hostPort's state, and the causes, worst first.
 * Pure, and total: whatever evidence lacks shows as `unknown`, it never throws.
 */
export function diagnose(evidence: Evidence, {generatedAt = evidence.collectedAt}: DiagnoseOptions = {}): Diagnosis {
	const seen = view(evidence);
	const found = ranked(causes.flatMap(({find}, rank) => find(seen).map(finding => ({finding, rank}))));
	const {findings, unexplained, dead} = joinConnections(
		found.map(({finding}) => finding),
		seen,
	);
	const joined = ranked(
		[
			...findings.map((finding, index) => ({finding, rank: found[index]?.rank ?? 0})),
			...unexplained.map(finding => ({finding, rank: causes.length})),
		].map(({finding, rank}) => ({finding: asFarAsKnown(finding, seen), rank})),
	);
	return {
		apiVersion: 'hostport.dev/v1',
		kind: 'Diagnosis',
		generatedAt,
		cluster: {
			server: evidence.server,
			kubernetes: evidence.kubernetes,
			cilium: {version: seen.version, namespace: evidence.cilium?.namespace ?? '', path: seen.path},
		},
		nodes: seen.nodes.map(node => nodeDiagnosis(node, seen, dead.get(node.name) ?? faultOf(node, joined))),
		hostPorts: seen.hostPorts.map(each => ({
			...each.diagnosis,
			reach: reachOf(servingOf(seen.nodeOf(each)), each.diagnosis.hostIP),
			answers: seen.answersOf(each),
		})),
		findings: withoutEmptyPraise(joined.map(({finding}) => finding)),
	};
}

/** Of a release that this program does not know nothing is an error, and what is said of it says so. */
function asFarAsKnown(finding: Finding, {evidence, nodes, version}: View): Finding {
	if (evidence.cilium === null || (finding.severity === 'info' && finding.code !== 'HP22')) return finding;
	const concerned = new Set(finding.nodes);
	const versions = nodes.filter(({name}) => concerned.has(name)).map(each => each.version);
	const why = [version, ...versions].map(each => whyUnknown(each)).find(each => each !== '');
	return why === undefined
		? finding
		: {
				...finding,
				severity: finding.severity === 'error' ? 'warning' : finding.severity,
				because: [...finding.because, {source: 'what this program knows', says: why}],
			};
}

const severities: readonly Severity[] = ['error', 'warning', 'info'];

type Ranked = {readonly finding: Finding; readonly rank: number};

/** Worst first, then by the causes' rank, then by how many nodes it concerns: the first is the one to act on. */
function ranked(found: readonly Ranked[]): Ranked[] {
	return found.toSorted(
		(a, b) =>
			severities.indexOf(a.finding.severity) - severities.indexOf(b.finding.severity) ||
			a.rank - b.rank ||
			b.finding.nodes.length - a.finding.nodes.length,
	);
}

/** That nothing is wrong is said only where nothing else is; what a node to come will lack (HP25) is no fault of today. */
function withoutEmptyPraise(findings: Finding[]): Finding[] {
	return findings.some(({code, severity}) => severity !== 'info' && code !== 'HP25')
		? findings.filter(({code}) => code !== 'HP22')
		: findings;
}

/** Of the pod itself, wherever it runs. */
const ofPods = new Set(['HP14', 'HP21']);

/** What the worst finding says of a node: no node is well on which something is proved wrong that is not a pod's own matter. */
function faultOf({name}: NodeView, joined: readonly Ranked[]): string | undefined {
	return joined.find(({finding}) => finding.severity === 'error' && finding.nodes.includes(name) && !ofPods.has(finding.code))?.finding
		.title;
}

/** @param fault what is proved wrong there, where the node's own judgement does not see it */
function nodeDiagnosis(seen: NodeView, whole: View, fault: string | undefined): NodeDiagnosis {
	const {node, loaded, observation} = seen;
	const judgement = verdictOf(seen, whole);
	return {
		name: node.name,
		...(fault !== undefined && judgement.verdict === 'ok' ? {verdict: 'degraded', reason: fault} : judgement),
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
