import {causeOf} from '../diagnosis/causes/index.ts';
import {
	hostPortName,
	type Diagnosis,
	type Finding,
	type HostPortDiagnosis,
	type NodeDiagnosis,
	type Verdict,
} from '../diagnosis/diagnosis.ts';
import type {Evidence, NodeEvidence} from '../evidence/evidence.ts';
import type {FileChange} from '../repair/plan/needed-change.ts';
import type {Snapshot} from './store.ts';

/** A row of the table of nodes. */
export type NodeRow = {
	readonly key: string;
	readonly name: string;
	/** `waiting`: the node was not asked yet. */
	readonly verdict: Verdict | 'waiting';
	readonly reason: string;
	readonly file: string;
	readonly plugins: string;
	/** Null as long as nobody judged the node's hostPorts. */
	readonly wired: number | null;
	readonly hostPorts: number;
	readonly via: string;
	readonly kernel: string;
	/** Codes of the findings about this node, worst first. */
	readonly codes: readonly string[];
};

/** A row of the findings. */
export type FindingRow = {
	readonly key: string;
	readonly finding: Finding;
};

/** A row of the table of hostPorts. */
export type HostPortRow = {
	readonly key: string;
	readonly port: HostPortDiagnosis;
};

/** One change, and every node on which the same file has to become the same: on 5,000 nodes there is one diff to read. */
export type ChangeRow = {
	readonly key: string;
	readonly change: FileChange;
	readonly nodes: readonly string[];
};

/** A snapshot in the form that lists and documents need it. */
export type Model = {
	readonly snapshot: Snapshot;
	readonly nodes: readonly NodeRow[];
	readonly findings: readonly FindingRow[];
	readonly hostPorts: readonly HostPortRow[];
	readonly changes: readonly ChangeRow[];
};

/** Gives the model of a snapshot; what did not change since the last call is kept. */
export function createModelBuilder(): (snapshot: Snapshot) => Model {
	let last: Model | undefined;
	return snapshot => {
		if (last?.snapshot === snapshot) return last;
		const {names, evidence, diagnosis, changes, phase} = snapshot;
		const before = last?.snapshot;
		const isSame = last !== undefined && before !== undefined;
		const hasSameValues = isSame && before.names === names && before.evidence === evidence && before.diagnosis === diagnosis;
		const isSamePhase = (before?.phase === null) === (phase === null);
		last = {
			snapshot,
			nodes: hasSameValues && isSamePhase ? last!.nodes : nodeRows(snapshot),
			findings: isSame && before.diagnosis === diagnosis ? last!.findings : findingRows(diagnosis),
			hostPorts: hasSameValues && isSamePhase ? last!.hostPorts : hostPortRows(evidence, diagnosis, phase !== null),
			changes: isSame && before.changes === changes ? last!.changes : changeRows(changes),
		};
		return last;
	};
}

function nodeRows({names, evidence, diagnosis, phase}: Snapshot): readonly NodeRow[] {
	const isUnderWay = phase !== null;
	const codes = codesByNode(diagnosis);
	const ports = portsByNode(evidence, diagnosis);
	const judged = new Map(diagnosis?.nodes.map(node => [node.name, node]));
	const rows = new Map<string, NodeRow>();
	if (evidence === null) for (const name of names) rows.set(name, nodeRow(name, undefined, undefined, isUnderWay, codes, ports));
	for (const seen of evidence?.nodes ?? []) {
		rows.set(seen.name, nodeRow(seen.name, seen, judged.get(seen.name), isUnderWay, codes, ports));
	}

	for (const node of judged.values()) {
		if (!rows.has(node.name)) rows.set(node.name, nodeRow(node.name, undefined, node, isUnderWay, codes, ports));
	}

	return [...rows.values()];
}

function nodeRow(
	name: string,
	seen: NodeEvidence | undefined,
	judged: NodeDiagnosis | undefined,
	isUnderWay: boolean,
	codes: ReadonlyMap<string, readonly string[]>,
	ports: ReadonlyMap<string, PortCount>,
): NodeRow {
	const {wired = null, total = 0} = ports.get(name) ?? {};
	const isWaiting = judged === undefined || (isUnderWay && seen !== undefined && isUnasked(seen));
	return {
		key: name,
		name,
		verdict: isWaiting ? 'waiting' : judged.verdict,
		reason: isWaiting ? '' : judged.reason,
		file: judged?.cni.file ?? '',
		plugins: judged?.cni.plugins.join(', ') ?? '',
		wired: isWaiting ? null : wired,
		hostPorts: total,
		via: isWaiting ? '' : judged.via,
		kernel: judged?.kernel ?? seen?.kernel ?? '',
		codes: isWaiting ? [] : (codes.get(name) ?? []),
	};
}

function isUnasked({observation, attempts, skipped}: NodeEvidence): boolean {
	return observation === null && attempts.length === 0 && skipped === '';
}

function codesByNode(diagnosis: Diagnosis | null): Map<string, readonly string[]> {
	const codes = new Map<string, string[]>();
	for (const {code, nodes} of diagnosis?.findings ?? []) {
		for (const node of nodes) {
			const found = codes.get(node);
			if (found === undefined) codes.set(node, [code]);
			else if (!found.includes(code)) found.push(code);
		}
	}

	return codes;
}

type PortCount = {wired: number | null; total: number};

function portsByNode(evidence: Evidence | null, diagnosis: Diagnosis | null): Map<string, PortCount> {
	const counts = new Map<string, PortCount>();
	if (diagnosis === null) {
		for (const {node, ports} of evidence?.pods ?? []) {
			counts.set(node, {wired: null, total: (counts.get(node)?.total ?? 0) + ports.length});
		}

		return counts;
	}

	for (const {node, state} of diagnosis.hostPorts) {
		const before = counts.get(node) ?? {wired: 0, total: 0};
		counts.set(node, {wired: (before.wired ?? 0) + (state === 'wired' ? 1 : 0), total: before.total + 1});
	}

	return counts;
}

/**
 * Worst first; that nothing is wrong stands before what is only worth knowing, for it is the answer. A code may come more than once, so its place
 * among its like belongs to the key.
 */
function findingRows(diagnosis: Diagnosis | null): readonly FindingRow[] {
	const seen = new Map<string, number>();
	const all = diagnosis?.findings ?? [];
	const isAnswer = ({code, severity}: Finding): boolean => severity === 'info' && causeOf(code)?.allIsWell === true;
	const [faults, information] = [all.filter(({severity}) => severity !== 'info'), all.filter(({severity}) => severity === 'info')];
	return [...faults, ...information.filter(isAnswer), ...information.filter(each => !isAnswer(each))].map(finding => {
		const place = seen.get(finding.code) ?? 0;
		seen.set(finding.code, place + 1);
		return {key: `${finding.code}#${place}`, finding};
	});
}

function hostPortRows(evidence: Evidence | null, diagnosis: Diagnosis | null, isUnderWay: boolean): readonly HostPortRow[] {
	const waiting = new Set(isUnderWay ? evidence?.nodes.filter(isUnasked).map(({name}) => name) : []);
	return (diagnosis?.hostPorts ?? []).map(port => ({
		key: `${hostPortName(port)}@${port.hostIP}`,
		port: waiting.has(port.node) ? {...port, by: 'waiting for its node'} : port,
	}));
}

/** Changes that are the same on several nodes in one row. */
export function changeRows(changes: readonly FileChange[]): readonly ChangeRow[] {
	const groups = new Map<string, {change: FileChange; nodes: string[]}>();
	for (const change of changes) {
		const key = JSON.stringify([change.node === '', change.path, change.neededPath, change.current, change.needed]);
		const group = groups.get(key);
		if (group === undefined) groups.set(key, {change, nodes: [change.node]});
		else group.nodes.push(change.node);
	}

	return [...groups.values()].map(({change, nodes}) => ({key: `${change.node}:${change.path}`, change, nodes}));
}
