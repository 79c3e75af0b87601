import type {ProofResult} from '../proof/proof.ts';
import {columns} from './columns.ts';
import {paint, type Tone} from './paint.ts';
import {answerText, byReason, placesOf, placeText, placeTitles, proofMatrix, type MatrixRow, type Place} from './proof-matrix.ts';
import type {ProofRendering} from './rendering.ts';

/** The matrix for people, then what does not work or is not proved, and why. */
export function proofTable({proof, summary, colour, headers = true}: ProofRendering): string {
	const rows = proofMatrix([], proof.results, proof.pods);
	const places = placesOf(rows);
	const matrix = columns([
		...(headers ? [['HOSTPORT', 'NODE', 'ADDRESS', 'POD ADDRESS', ...places.map(place => placeTitles[place])]] : []),
		...rows.map(row => [
			row.hostPort,
			row.node,
			row.address,
			row.own === undefined ? '-' : mark(row.own),
			...places.map(place => cellText(row, place)),
		]),
	]);
	const parts = [
		rows.length === 0 ? '' : matrix,
		section('What serves it, or why nothing does, by the diagnosis:', carriedLines(rows)),
		section(paint('Does not work:', 'bad', colour), lines(proof.results, 'fails', 'bad', colour)),
		section('Not proven:', lines(proof.results, 'not proven', 'doubtful', colour)),
		section('Not served, by version, strategy or hostIP:', lines(proof.results, 'not served', undefined, colour)),
		section(paint('Unexpected answers:', 'doubtful', colour), lines(proof.results, 'unexpected', undefined, colour)),
		section(
			'Not tried:',
			byReason(proof.unasked)
				.map(line => `  ${line}\n`)
				.join(''),
		),
		section(
			'Skipped:',
			byReason(proof.skipped)
				.map(line => `  ${line}\n`)
				.join(''),
		),
		`${summary}\n`,
	];
	return parts.filter(part => part !== '').join('\n');
}

/** A rule is one hostPort's own; why there is none many have in common, and it is said once. */
function carriedLines(rows: readonly MatrixRow[]): string {
	const alike = Map.groupBy(
		rows.filter(({by}) => by !== ''),
		({by}) => by,
	);
	return columns(
		[...alike].map(([by, group]) => {
			const names = [...new Set(group.map(({hostPort}) => hostPort))];
			const others = names.length > 2 ? ` and ${names.length - 1} more` : '';
			return [`  ${names.slice(0, others === '' ? 2 : 1).join(', ')}${others}`, by];
		}),
	);
}

const section = (title: string, body: string): string => (body === '' ? '' : `${title}\n${body}`);

function cellText(row: MatrixRow, place: Place): string {
	const cell = row.cells.get(place);
	return cell === undefined || cell === 'waiting' ? '-' : mark(cell);
}

function mark(answer: Parameters<typeof answerText>[0]): string {
	return answer.ok ? `ok ${answerText(answer)}` : answerText(answer);
}

function lines(
	results: readonly ProofResult[],
	wanted: ProofResult['verdict'] | 'unexpected',
	tone: Tone | undefined,
	colour: boolean,
): string {
	const isWanted = ({verdict, ok, expected}: ProofResult): boolean =>
		wanted === 'unexpected' ? ok && expected === 'no answer' : verdict === wanted;
	const asked = Map.groupBy(results, ({hostPort, address}) => JSON.stringify([hostPort, address]));
	// What the places say alike is said once.
	const alike = Map.groupBy(results.filter(isWanted), ({hostPort, address, error, note}) =>
		JSON.stringify([hostPort, address, error, note]),
	);
	return columns(
		[...alike.values()].flatMap(group => {
			const [first] = group;
			if (first === undefined) return [];
			const {hostPort, address, error, note} = first;
			const isAll = group.length > 1 && group.length === asked.get(JSON.stringify([hostPort, address]))?.length;
			const from = isAll ? 'from every place' : `from ${group.map(placeText).join(', ')}`;
			return [[`  ${hostPort}`, `to ${address} ${from}`, tone === undefined ? error : paint(error, tone, colour), note]];
		}),
	);
}
