import {answersText, type Finding, type NodeDiagnosis} from '../../diagnosis/diagnosis.ts';
import type {BinaryFile, NodeEvidence} from '../../evidence/evidence.ts';
import {mappingText, stateText, stateTone} from '../host-port-table.ts';
import {textWidth} from '../layout.ts';
import {blank, span, type Line} from '../line.ts';
import type {Model} from '../model.ts';
import {verdictText, verdictTone} from '../node-table.ts';
import {cut, pad, widthOf} from '../text-width.ts';
import type {Signs} from '../theme.ts';
import {placeText, proofLines, severitySign, severityText, severityTone} from './finding.ts';
import type {ScreenDefinition} from './screen.ts';
import {defineText, type Scrolled} from './text-screen.tsx';
import {bytesText, heading, labelled, paragraph, timeText, type Document} from '../writing.ts';

type Here = Scrolled<'node'> & {readonly node: string};

/** A node: findings, hostPorts, CNI files and binaries. */
export const node: ScreenDefinition<'node', Here> = defineText({
	name: 'node',
	title: 'a node',
	about: ({screen}) => ({node: screen.node}),
	write: ({screen, view: {model, columns, signs}}) => nodeDocument(model, screen.node, textWidth(columns), signs),
});

/**
 * All that is known of one node, the answer first: verdict, findings with proof, then what was seen.
 * @param isBrief findings by their titles alone: the proof stands elsewhere on the screen
 */
export function nodeDocument(model: Model, name: string, width: number, signs: Signs, isBrief = false): Document {
	const row = model.nodes.find(node => node.name === name);
	const {evidence, diagnosis} = model.snapshot;
	const seen = evidence?.nodes.find(node => node.name === name);
	const judged = diagnosis?.nodes.find(node => node.name === name);
	const title = `Node ${name}`;
	if (row === undefined) return {title, lines: paragraph('The last look does not show this node.', width, 0, 'muted')};
	return {
		title,
		lines: [
			[
				span(verdictText(row.verdict, signs), verdictTone(row.verdict)),
				span(row.codes.length > 0 ? `  ${row.codes.join(', ')}` : '', 'strong'),
			],
			...(row.reason === '' ? [] : paragraph(row.reason, width)),
			...(seen === undefined ? [] : systemLines(seen, row.via, width, signs)),
			...findingLines(model, name, width, signs, isBrief),
			...hostPortLines(model, name, width, signs),
			...(judged === undefined ? [] : configurationLines(judged, seen, width, signs)),
			...(seen === undefined ? [] : [...attemptLines(seen, width, signs), ...errorLines(seen, width)]),
		],
	};
}

function systemLines(seen: NodeEvidence, via: string, width: number, signs: Signs): readonly Line[] {
	const address = seen.addresses.find(({type}) => type === 'InternalIP')?.address ?? '';
	const asked = seen.askedAt === undefined ? '' : `asked ${timeText(Date.parse(seen.askedAt) / 1000)}`;
	const system = [seen.kernel, seen.architecture, seen.osImage, seen.containerRuntime, address, via === '' ? '' : `via ${via}`, asked];
	const notReady = seen.ready === false ? paragraph(`Not ready: ${seen.readyMessage}`, width, 0, 'doubtful') : [];
	return [...paragraph(system.filter(Boolean).join(` ${signs.dot} `), width, 0, 'muted'), ...notReady];
}

function findingLines({findings, snapshot}: Model, name: string, width: number, signs: Signs, isBrief: boolean): readonly Line[] {
	const isAbout = ({nodes}: Finding): boolean => nodes.length === 0 || nodes.includes(name);
	const about = findings.filter(({finding}) => isAbout(finding));
	if (about.length === 0)
		return snapshot.diagnosis === null ? [] : [...heading('Findings'), ...paragraph('none for this node', width, 2, 'muted')];
	if (isBrief) {
		return [
			blank,
			...about.flatMap(({finding: {severity, code, title}}) =>
				labelled(`${severitySign(severity, signs)} ${code}`, title, width, {labelTone: severityTone(severity)}),
			),
		];
	}

	return [
		...heading(`Findings ${about.length}`),
		...about.flatMap(({finding}, index) => [
			...(index === 0 ? [] : [blank]),
			[
				span('  '),
				span(severityText(finding.severity, signs), severityTone(finding.severity)),
				span(`  ${finding.code}  `, 'strong'),
				span(finding.nodes.length === 1 ? 'only this node' : placeText(finding.nodes), 'muted'),
			],
			...paragraph(finding.title, width, 4, 'strong'),
			...proofLines(finding, width, signs, 4),
		]),
	];
}

function hostPortLines({hostPorts, snapshot}: Model, name: string, width: number, signs: Signs): readonly Line[] {
	const own = hostPorts.filter(({port}) => port.node === name);
	if (own.length === 0)
		return snapshot.diagnosis === null ? [] : [...heading('hostPorts'), ...paragraph('no pod with a hostPort here', width, 2, 'muted')];
	return [
		...heading(`hostPorts ${own.length}`),
		...own.flatMap(({port}) => [
			[
				span('  '),
				span(pad(stateText(port.state, signs), 12), stateTone(port.state)),
				span(`  ${mappingText(port, signs)}  `, 'strong'),
				span(`${port.namespace}/${port.pod}`),
			],
			...[port.owner, port.by, answersText(port.answers)].filter(Boolean).flatMap(text => paragraph(text, width, 16, 'muted')),
		]),
	];
}

function configurationLines({cni}: NodeDiagnosis, seen: NodeEvidence | undefined, width: number, signs: Signs): readonly Line[] {
	const folder = seen?.observation?.configurationFolder;
	const binaries = seen?.observation?.binaryFolder;
	return [
		...heading(`CNI configuration ${folder?.host ?? ''}`.trimEnd()),
		...folderLines(folder?.files, file => fileText(file, file.name === cni.file), width, cni.file, signs),
		...(cni.plugins.length > 0 ? labelled('plugins', cni.plugins.join(', '), width, {indent: 4}) : []),
		...heading(`CNI binaries ${binaries?.host ?? cni.binDir}`.trimEnd()),
		...folderLines(binaries?.files, binaryText, width, '', signs),
	];
}

/** The files of a folder, what is to say of each beside it; the marked one is the one that counts. */
function folderLines<File extends {name: string}>(
	files: readonly File[] | undefined,
	textOf: (file: File) => string,
	width: number,
	marked: string,
	signs: Signs,
): readonly Line[] {
	if (files === undefined) return paragraph('not readable with this access', width, 2, 'muted');
	if (files.length === 0) return paragraph('the folder is empty', width, 2, 'muted');
	const labelWidth = Math.min(Math.floor(width / 2), Math.max(...files.map(({name}) => widthOf(name) + 2)));
	return files.flatMap(file => {
		const isMarked = file.name === marked;
		const label = cut(`${isMarked ? signs.cursor : ' '} ${file.name}`, labelWidth, signs.cut);
		return labelled(label, textOf(file), width, {indent: 2, labelWidth, labelTone: isMarked ? 'strong' : 'plain', tone: 'muted'});
	});
}

function fileText(file: {size: number; modified: number}, isLoaded: boolean): string {
	return [isLoaded ? 'loaded by the runtime' : '', bytesText(file.size), timeText(file.modified)].filter(Boolean).join('  ');
}

function binaryText({size, mode, architecture, versionExitCode}: BinaryFile): string {
	const answer = versionExitCode === null ? '' : versionExitCode === 0 ? 'runs here' : `does not run here (exit code ${versionExitCode})`;
	return [bytesText(size), mode, architecture, answer].filter(Boolean).join('  ');
}

function attemptLines({attempts}: NodeEvidence, width: number, signs: Signs): readonly Line[] {
	if (attempts.length === 0) return [];
	return [
		...heading('Access tried'),
		...attempts.flatMap(({via, ok, reason}) =>
			labelled(`${ok ? signs.good : signs.bad} ${via}`, reason === '' ? 'answered' : reason, width, {
				indent: 2,
				labelWidth: 8,
				labelTone: ok ? 'good' : 'bad',
			}),
		),
	];
}

function errorLines({observation}: NodeEvidence, width: number): readonly Line[] {
	const errors = observation?.errors ?? [];
	return errors.length === 0 ? [] : [...heading('Errors'), ...errors.flatMap(error => paragraph(error, width, 2))];
}
