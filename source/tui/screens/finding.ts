import type {Finding, Severity} from '../../diagnosis/diagnosis.ts';
import {textWidth} from '../layout.ts';
import {blank, span, type Line} from '../line.ts';
import type {Signs, Tone} from '../theme.ts';
import type {ScreenDefinition} from './screen.ts';
import {defineText, type Scrolled} from './text-screen.tsx';
import {countText, heading, labelled, paragraph, proofs, type Document} from '../writing.ts';

const severitySigns: Readonly<Record<Severity, keyof Signs>> = {error: 'bad', warning: 'doubtful', info: 'dot'};
const severityTones: Readonly<Record<Severity, Tone>> = {error: 'bad', warning: 'doubtful', info: 'accent'};
const maximumNames = 200;

/** The sign of a severity. */
export function severitySign(severity: Severity, signs: Signs): string {
	return signs[severitySigns[severity]];
}

/** A severity with its sign. */
export function severityText(severity: Severity, signs: Signs): string {
	return `${severitySign(severity, signs)} ${severity}`;
}

/** Its tone. */
export function severityTone(severity: Severity): Tone {
	return severityTones[severity];
}

/** Where a finding was seen: `cluster` for what belongs to no single node. */
export function placeText(nodes: readonly string[]): string {
	return nodes.length === 0 ? 'cluster' : countText(nodes.length, 'node');
}

/** Every line of proof (where it stood, what stood there) and the remedy. */
export function proofLines({because, remedy}: Finding, width: number, signs: Signs, indent: number): readonly Line[] {
	const lines = proofs(because, width, indent, signs.dash);
	return [...lines, ...(remedy === '' ? [] : labelled('remedy', remedy, width, {indent, labelWidth: 7, labelTone: 'accent'}))];
}

type Here = Scrolled<'finding'> & {
	/** Key of its row. */
	readonly finding: string;
};

/** A finding with its proof. */
export const finding: ScreenDefinition<'finding', Here> = defineText({
	name: 'finding',
	title: 'a finding',
	about: ({screen}) => ({finding: screen.finding}),
	write({screen, view: {model, columns, signs}}) {
		const width = textWidth(columns);
		const row = model.findings.find(({key}) => key === screen.finding);
		if (row !== undefined) return findingDocument(row.finding, width, signs);
		return {title: 'Finding', lines: paragraph('This finding is gone: the last look does not show it.', width, 0, 'muted')};
	},
});

/** Title, proof, remedy, and the nodes and hostPorts concerned. */
export function findingDocument(own: Finding, width: number, signs: Signs): Document {
	const {code, severity, title, nodes, hostPorts, repairable} = own;
	return {
		title: `Finding ${code}`,
		lines: [
			[
				span(severityText(severity, signs), severityTones[severity]),
				span(`  ${code}  `, 'strong'),
				span(`${placeText(nodes)}${repairable ? ` ${signs.dot} repairable` : ''}`, 'muted'),
			],
			...paragraph(title, width, 0, 'strong'),
			blank,
			...proofLines(own, width, signs, 0),
			...names('Nodes', nodes, width),
			...names('hostPorts', hostPorts, width),
		],
	};
}

function names(title: string, all: readonly string[], width: number): readonly Line[] {
	if (all.length === 0) return [];
	const shown = all.slice(0, maximumNames);
	const rest = all.length - shown.length;
	return [
		...heading(`${title} ${all.length}`),
		...shown.flatMap(name => paragraph(name, width, 2)),
		...(rest > 0 ? paragraph(`and ${rest} more`, width, 2, 'muted') : []),
	];
}
