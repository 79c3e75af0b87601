import {client, hostPortName, type Finding, type HostPortDiagnosis} from '../../diagnosis/diagnosis.ts';
import {packetPath, type PacketPath} from '../../diagnosis/packet-path.ts';
import type {Evidence} from '../../evidence/evidence.ts';
import {mappingText, stateText, stateTone} from '../host-port-table.ts';
import {textWidth} from '../layout.ts';
import {span, type Line} from '../line.ts';
import type {Model} from '../model.ts';
import {pathLines} from '../path-lines.ts';
import type {Signs} from '../theme.ts';
import {heading, labelled, paragraph, type Document} from '../writing.ts';
import {proofLines, severityText, severityTone} from './finding.ts';
import {push, type ScreenDefinition} from './screen.ts';
import {defineText, type Scrolled} from './text-screen.tsx';

type Here = Scrolled<'hostPort'> & {
	/** Key of its row. */
	readonly hostPort: string;
};

/** One hostPort: the path of its packets as a picture, and what proves the hop that is broken. */
export const hostPort: ScreenDefinition<'hostPort', Here> = defineText({
	name: 'hostPort',
	title: 'a hostPort',
	keys: [
		{
			keys: ['enter', 'right', 'l'],
			label: 'open the node of the hostPort',
			footer: {word: 'node', rank: 3},
			act: ({state, about: {node}}) => (node === undefined ? undefined : {state: push(state, {name: 'node', node, offset: 0})}),
		},
	],
	about({screen, view}) {
		const row = view.model.hostPorts.find(({key}) => key === screen.hostPort);
		return row === undefined ? {} : {node: row.port.node};
	},
	write({screen, view: {model, columns, signs}}) {
		const width = textWidth(columns);
		const {evidence, diagnosis} = model.snapshot;
		const row = model.hostPorts.find(({key}) => key === screen.hostPort);
		if (row === undefined || evidence === null || diagnosis === null)
			return {
				title: 'hostPort',
				lines: paragraph('This hostPort is gone: the last look does not show it.', width, 0, 'muted'),
			};
		return hostPortDocument(model, row.port, {evidence, path: packetPath(evidence, diagnosis, row.port)}, width, signs);
	},
});

function hostPortDocument(
	model: Model,
	port: HostPortDiagnosis,
	{evidence, path}: {readonly evidence: Evidence; readonly path: PacketPath | undefined},
	width: number,
	signs: Signs,
): Document {
	const name = hostPortName(port);
	const about = model.findings.map(({finding}) => finding).filter(({hostPorts}) => hostPorts.includes(name));
	return {
		title: `hostPort ${name}`,
		lines: [
			[
				span(stateText(port.state, signs), stateTone(port.state)),
				span(`  ${mappingText(port, signs)}`, 'strong'),
				span(`  ${port.node}`, 'muted'),
			],
			...(port.by === '' ? [] : paragraph(port.by, width, 0, 'muted')),
			...(path === undefined ? [] : [[], ...pathLines(path, port.pod, width, signs)]),
			...answerLines(port, width, signs),
			...about.flatMap(finding => findingLines(finding, width, signs)),
			...(about.length === 0 && port.state !== 'wired'
				? [...heading('Proof'), ...paragraph('No finding names it; e shows what was read on its node.', width, 2, 'muted')]
				: []),
			...ruleLines(port, evidence, width),
			...heading('Pod'),
			...labelled('pod', `${port.namespace}/${port.pod}`, width, {indent: 2, labelWidth: 7}),
			...(port.owner === '' ? [] : labelled('owner', port.owner, width, {indent: 2, labelWidth: 7})),
			...(port.reach.why === '' ? [] : labelled('reach', port.reach.why, width, {indent: 2, labelWidth: 7})),
		],
	};
}

function answerLines({answers}: HostPortDiagnosis, width: number, signs: Signs): readonly Line[] {
	if (answers.length === 0) return [];
	return [
		...heading('Connections of the last look'),
		...answers.flatMap(({from, address, ok, error}) =>
			labelled(
				ok ? `${signs.good} answered` : `${signs.bad} ${error}`,
				`from ${from === client ? 'this machine' : from} to ${address}`,
				width,
				{
					indent: 2,
					labelWidth: 12,
					labelTone: ok ? 'good' : 'bad',
				},
			),
		),
	];
}

function findingLines(finding: Finding, width: number, signs: Signs): readonly Line[] {
	return [
		[],
		[span(severityText(finding.severity, signs), severityTone(finding.severity)), span(`  ${finding.code}`, 'strong')],
		...paragraph(finding.title, width, 2, 'strong'),
		...proofLines(finding, width, signs, 2),
	];
}

/** Most rules of a node are about others. */
const mostRules = 12;

/** The rules that name its number or its pod, as they stand there. */
function ruleLines(
	{node: name, namespace, pod, hostPort: number}: HostPortDiagnosis,
	{nodes, pods}: Evidence,
	width: number,
): readonly Line[] {
	const observation = nodes.find(node => node.name === name)?.observation;
	const addresses = pods.find(each => each.namespace === namespace && each.name === pod)?.podIPs ?? [];
	const words = new Set([String(number), ...addresses]);
	const {nat, nftables} = observation ?? {};
	const all = [nat?.nft, nat?.legacy].flatMap(table => (table ? [...table.rules, ...table.rules6, ...table.others] : []));
	const own = [...all, ...(nftables?.rules ?? []), ...(nftables?.rules6 ?? [])].filter(line =>
		line.split(/[\s,:/[\]]+/u).some(word => words.has(word)),
	);
	if (own.length === 0) return [];
	const rest = own.length - mostRules;
	return [
		...heading('Rules that name it'),
		...own.slice(0, mostRules).flatMap(line => paragraph(line, width, 2)),
		...(rest > 0 ? paragraph(`and ${rest} more: e`, width, 2, 'muted') : []),
	];
}
