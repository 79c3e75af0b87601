import {bytesText, countText, labelled, paragraph, type Document} from '../writing.ts';
import {span, type Line} from '../line.ts';
import type {View} from '../state.ts';
import {cut, pad, widthOf} from '../text-width.ts';
import type {Signs} from '../theme.ts';
import {problemLines, typingLine, warningLines} from './page-parts.ts';
import type {RepairScreen} from './pages.ts';
import {preparedFor, problemFor, typedText} from './screens.ts';
import type {CheckedBinary, Repair} from './values.ts';

/** Third page: where the portmap binary comes from, and what was found in it when it was read. */
export function binaryPage(
	screen: Extract<RepairScreen, {name: 'repairBinary'}>,
	repair: Repair,
	{signs, model}: View,
	width: number,
): Omit<Document, 'title'> {
	const text = typedText(screen, repair);
	const prepared = preparedFor(repair, screen.strategy, text.trim());
	const isChecking = model.snapshot.phase !== null;
	const question = [...paragraph(`${missing(repair)} Where is it to come from?`, width, 0, 'strong'), []];
	const found =
		prepared !== null
			? prepared.binaries.flatMap(binary => binaryLines(binary, width, signs))
			: isChecking
				? paragraph('reading and checking it', width, 0, 'muted')
				: problemLines(problemFor(repair, 'prepare', text.trim()), width, signs);
	return {
		focus: question.length,
		lines: [
			...question,
			typingLine('portmap from', text, width, signs),
			[],
			...found,
			...(found.length === 0 ? [] : [[]]),
			...(prepared === null ? offers(repair, text, width, signs) : []),
		],
	};
}

/** What is known to be there, and what else can be typed. */
function offers(repair: Repair, text: string, width: number, signs: Signs): readonly Line[] {
	return [
		...offerLines(repair.offers, text, width, signs),
		...(repair.offers.length === 0 ? [] : [[]]),
		...forms.flatMap(([form, says]) => labelled(form, says, width, {indent: 2, labelWidth: formWidth, tone: 'muted', labelTone: 'plain'})),
	];
}

const forms = [
	['FILE', 'the binary itself, or a release archive of containernetworking/plugins'],
	['node:NAME', 'a node that has a good one'],
	['image:REF', 'an image that has it, run on a node for a moment'],
	['release:VERSION', 'the official archive'],
	['https://…', 'an archive or a binary; its .sha256 has to lie beside it'],
	['ONE, ANOTHER', 'several with commas: one for each architecture'],
] as const;
const formWidth = Math.max(...forms.map(([form]) => widthOf(form)));

function missing({plans}: Repair): string {
	const steps = plans?.portmap.steps.filter(({node, binaries}) => node !== '' && binaries.length > 0) ?? [];
	return steps.length === 0 ? 'The DaemonSet carries portmap along.' : `No working portmap on ${countText(steps.length, 'node')}.`;
}

function offerLines(offers: Repair['offers'], text: string, width: number, signs: Signs): readonly Line[] {
	const longest = Math.max(8, Math.floor(width / 2));
	const labels = offers.map(({source}) => cut(source, longest, signs.cut));
	const labelWidth = Math.max(formWidth, ...labels.map(widthOf));
	return offers.map(({source, says}, index) => [
		span(`${source === text ? signs.cursor : ' '} `, 'accent'),
		span(pad(labels[index] ?? '', labelWidth), source === text ? 'accent' : 'strong'),
		span(`  ${cut(says, Math.max(0, width - labelWidth - 4), signs.cut)}`, 'muted'),
	]);
}

/** What was read: enough to compare it with what the person meant. */
export function binaryLines(
	{architecture, version, sha256, size, origin, nodes, warnings}: CheckedBinary,
	width: number,
	signs: Signs,
): readonly Line[] {
	const whom = nodes === 0 ? 'for the DaemonSet' : `for ${countText(nodes, 'node')}`;
	const facts = [architecture, bytesText(size), whom].join(` ${signs.dot} `);
	return [
		[span(`${signs.good} `, 'good'), span(`portmap${version === '' ? '' : ` ${version}`}`, 'strong'), span(`  ${facts}`)],
		...labelled('from', origin, width, {indent: 2, labelWidth: 6}),
		...labelled('sha256', sha256, width, {indent: 2, labelWidth: 6}),
		...warningLines(warnings, width, signs),
	];
}
