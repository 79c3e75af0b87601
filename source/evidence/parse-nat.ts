import {printableLine} from '../foreign-text.ts';
import type {NatTable} from './evidence.ts';
import {answerAt, type NodeRecord, type ProgramAnswer} from './node-records.ts';
import {withoutCounters} from './iptables-line.ts';
import {failureOf} from './program-failure.ts';

const notFound = 127;
/** Lines of other tables that are kept; a node with network policies in iptables has thousands of them. */
const maximumOthers = 500;

/** The nat table by each iptables build, from the records `nat BUILD-FAMILY`; null for a build that is not there. */
export function parseNat(records: readonly NodeRecord[]): {nft: NatTable | null; legacy: NatTable | null} {
	const answers = new Map<string, ProgramAnswer>();
	for (const [index, {key, value}] of records.entries()) {
		if (key !== 'nat') continue;
		const end = value.indexOf('\n');
		const answer = answerAt(records, index);
		answers.set(end === -1 ? value : value.slice(0, end), {...answer, text: end === -1 ? '' : value.slice(end + 1)});
	}

	return {nft: tableOf('nft', answers), legacy: tableOf('legacy', answers)};
}

function tableOf(build: 'nft' | 'legacy', answers: ReadonlyMap<string, ProgramAnswer>): NatTable | null {
	const four = answers.get(`${build}-4`);
	const six = answers.get(`${build}-6`);
	if (four === undefined || (four.exitCode === notFound && (six?.exitCode ?? notFound) === notFound)) return null;
	const seen = linesOf(four.text);
	const seen6 = linesOf(six?.text ?? '');
	// Cut answers are still worth showing; `truncated` says what they are.
	const failures = [
		...(four.exitCode === 0 || four.exitCode === undefined ? [] : [failureOf(`iptables-${build}-save`, {...four, text: seen.other})]),
		...(six === undefined || six.exitCode === 0 || six.exitCode === undefined || six.exitCode === notFound
			? []
			: [failureOf(`ip6tables-${build}-save`, {...six, text: seen6.other})]),
	];
	return {
		available: four.exitCode === 0 || four.exitCode === undefined,
		rules: seen.rules,
		rules6: seen6.rules,
		truncated: four.exitCode === undefined || (six !== undefined && six.exitCode === undefined),
		error: failures.join('; '),
		others: seen.others,
		others6: seen6.others,
	};
}

/** Chain declarations and rules of the nat table; of the other tables what may stop a packet or lets it be forwarded; and what is neither. */
function linesOf(text: string): {rules: string[]; others: string[]; other: string} {
	const rules: string[] = [];
	const others: string[] = [];
	const other: string[] = [];
	let table = '';
	for (const line of text.split('\n').map(withoutCounters)) {
		if (line.startsWith('*')) table = line.trim().slice(1);
		else if (line.startsWith(':') || line.startsWith('-A ')) {
			if (table === 'nat') rules.push(printableLine(line, 1024));
			else if (matters.test(line) && others.length < maximumOthers) others.push(printableLine(`${table} ${line}`, 1024));
		} else if (line !== '' && line !== 'COMMIT' && other.length < 3) other.push(line);
	}

	return {rules, others, other: other.join(' ')};
}

const matters =
	/^(?:-A .* -j (?:DROP|REJECT|NOTRACK|CT --notrack)\b|:FORWARD DROP |-A (?:FORWARD|PREROUTING) |:KUBE-KUBELET-CANARY |:KUBE-IPTABLES-HINT )/u;
