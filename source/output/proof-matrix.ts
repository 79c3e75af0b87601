import type {PodResult, ProofResult} from '../proof/proof.ts';
import {listed} from '../words.ts';

/** One question of the matrix, answered or not yet. */
export type Asked = Pick<ProofResult, 'hostPort' | 'node' | 'from' | 'via' | 'address' | 'by'>;

/** A column of the proof: from where a hostPort is tried. */
export type Place = 'same-node' | 'other-node' | 'pod-same-node' | 'pod-other-node' | 'pod-itself' | 'client';

/** Heads of these columns. */
export const placeTitles: Readonly<Record<Place, string>> = {
	'same-node': 'SAME NODE',
	'other-node': 'OTHER NODE',
	'pod-same-node': 'POD, SAME NODE',
	'pod-other-node': 'POD, OTHER NODE',
	'pod-itself': 'POD ITSELF',
	client: 'THIS MACHINE',
};

/** A hostPort at one of its addresses, and what each place says of it; a place that is not asked has no cell. */
export type MatrixRow = {
	readonly key: string;
	readonly hostPort: string;
	readonly node: string;
	readonly address: string;
	readonly by: string;
	/** The pod at its own address; undefined: not asked, or not answered yet. */
	readonly own: PodResult | undefined;
	/** `waiting`: asked and not answered yet. */
	readonly cells: ReadonlyMap<Place, ProofResult | 'waiting'>;
};

/** Rows hostPorts and their addresses, columns the places: the proof as people look at it. */
export function proofMatrix(asked: readonly Asked[], results: readonly ProofResult[], pods: readonly PodResult[]): readonly MatrixRow[] {
	// A pod has an address of each family, and its application may listen on one of them alone.
	const familyOf = ({hostPort, address}: Pick<PodResult, 'hostPort' | 'address'>): string => `${hostPort} ${address.includes(':')}`;
	const own = new Map(pods.map(pod => [familyOf(pod), pod]));
	const rows = new Map<string, MatrixRow & {cells: Map<Place, ProofResult | 'waiting'>}>();
	const put = (question: Asked, cell: ProofResult | 'waiting'): void => {
		const {hostPort, node, address, by} = question;
		const key = `${hostPort}@${address}`;
		const row = rows.get(key) ?? {key, hostPort, node, address, by, own: own.get(familyOf(question)), cells: new Map()};
		row.cells.set(placeOf(question), cell);
		rows.set(key, row);
	};

	for (const question of asked) put(question, 'waiting');
	for (const result of results) put(result, result);
	return [...rows.values()];
}

/** The places that at least one row has, in their order. */
export function placesOf(rows: readonly MatrixRow[]): readonly Place[] {
	return (Object.keys(placeTitles) as Place[]).filter(place => rows.some(({cells}) => cells.has(place)));
}

function placeOf({from, via, node}: Asked): Place {
	if (from !== 'pod') return from;
	return via === node ? 'pod-same-node' : 'pod-other-node';
}

/** `0.4 ms`, `refused`; a place that is to get no answer and got none: `not served`. */
export function answerText({
	ok,
	milliseconds,
	error,
	verdict,
}: Pick<ProofResult, 'ok' | 'milliseconds' | 'error'> & {readonly verdict?: ProofResult['verdict']}): string {
	return ok ? `${milliseconds} ms` : verdict === 'not served' ? verdict : error;
}

/** Where a connection left from, in words: `this machine`, `a pod on node-1`, `node-1`. */
export function placeText({from, via}: Pick<ProofResult, 'from' | 'via'>): string {
	return from === 'client' ? 'this machine' : from === 'pod' ? `a pod on ${via}` : from === 'pod-itself' ? 'the pod itself' : via;
}

/** Lines of `unasked` and `skipped`, a reason once: `node-1, node-2 and 998 more: neither bash nor netcat is here`. */
export function byReason(lines: readonly string[]): readonly string[] {
	const cut = (line: string): number => (line.includes(': ') ? line.indexOf(': ') : line.length);
	const alike = Map.groupBy(lines, line => line.slice(cut(line)));
	return [...alike].map(([reason, group]) => listed([...new Set(group.map(line => line.slice(0, cut(line))))], 3) + reason);
}
