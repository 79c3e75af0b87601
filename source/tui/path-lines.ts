import type {PacketPath} from '../diagnosis/packet-path.ts';
import {lineWidth, span, type Line, type Span} from './line.ts';
import type {Signs, Tone} from './theme.ts';

/** The path of a packet as a picture: hops with arrows between them, the broken one crossed, what no packet reaches dotted. */
export function pathLines({hops, broken, unseen, pod}: PacketPath, podName: string, width: number, signs: Signs): readonly Line[] {
	const last = hops.length - 1;
	const reachedTone = (index: number): Tone => {
		if (broken !== undefined && index > broken.after) return 'muted';
		return unseen !== undefined && index > unseen ? 'doubtful' : 'plain';
	};
	const pieces = hops.map((hop, index): readonly Span[] => {
		const isPod = index === last;
		const told = isPod ? ` (${[podName, broken?.after === last ? '' : pod].filter(Boolean).join(', ')})` : '';
		return [
			...arrowTo(index, broken, unseen, signs),
			span(hop, isPod && reachedTone(index) === 'plain' ? 'strong' : reachedTone(index)),
			span(told, 'muted'),
		];
	});
	const end = broken?.after === last ? [span(` ${signs.bad} ${broken.why}`, 'bad')] : [];
	return flowed([...pieces, end], width);
}

function arrowTo(
	index: number,
	broken: PacketPath['broken'],
	unseen: number | undefined,
	{pathOn, pathBroken, pathBeyond, pathUnseen}: Signs,
): readonly Span[] {
	if (index === 0) return [];
	if (broken?.after === index - 1) return [span(` ${pathBroken} ${broken.why} `, 'bad'), span(`${pathBeyond} `, 'muted')];
	if (broken !== undefined && index - 1 > broken.after) return [span(` ${pathBeyond} `, 'muted')];
	if (unseen !== undefined && index > unseen) return [span(` ${pathUnseen} `, 'doubtful')];
	return [span(` ${pathOn} `, 'good')];
}

/** Pieces one behind the other, over as many lines as need be; further lines are set in. */
function flowed(pieces: ReadonlyArray<readonly Span[]>, width: number): readonly Line[] {
	const lines: Span[][] = [[]];
	for (const piece of pieces) {
		const line = lines.at(-1) ?? [];
		if (line.length > 0 && lineWidth([...line, ...piece]) > width) lines.push([span('    '), ...piece]);
		else line.push(...piece);
	}

	return lines;
}
