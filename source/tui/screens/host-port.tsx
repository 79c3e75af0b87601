import {Box, Text} from 'ink';
import {useContext, type ReactNode} from 'react';
import {client, hostPortName, type Finding, type HostPortDiagnosis} from '../../diagnosis/diagnosis.ts';
import {packetPath, type PacketPath} from '../../diagnosis/packet-path.ts';
import type {Evidence} from '../../evidence/evidence.ts';
import {Heading} from '../components/heading.tsx';
import {LabelledTexts} from '../components/labelled-texts.tsx';
import {Labelled} from '../components/labelled.tsx';
import {Lines} from '../components/lines.tsx';
import {Proofs} from '../components/proofs.tsx';
import {Prose} from '../components/prose.tsx';
import {Toned} from '../components/toned.tsx';
import {WidthContext} from '../components/width.ts';
import {mappingText, stateText, stateTone} from '../host-port-table.ts';
import {pathLines} from '../path-lines.ts';
import {severityText, severityTone} from '../severity.ts';
import {ThemeContext} from '../theme.ts';
import {definePage, type Scrolled} from './page-screen.tsx';
import {push, type ScreenDefinition, type Seen} from './screen.ts';

type Here = Scrolled<'hostPort'> & {
	/** Key of its row. */
	readonly hostPort: string;
};

/** One hostPort: the path of its packets as a picture, and what proves the hop that is broken. */
export const hostPort: ScreenDefinition<'hostPort', Here> = definePage({
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
	titled(at) {
		const port = portOf(at);
		return port === undefined ? 'hostPort' : `hostPort ${hostPortName(port)}`;
	},
	Page(at) {
		const {model} = at.view;
		const {evidence, diagnosis} = model.snapshot;
		const port = portOf(at);
		if (port === undefined || evidence === null || diagnosis === null)
			return <Prose tone="muted">This hostPort is gone: the last look does not show it.</Prose>;
		const about = model.findings.map(({finding}) => finding).filter(({hostPorts}) => hostPorts.includes(hostPortName(port)));
		return (
			<>
				<Summary {...port} />
				<Picture path={packetPath(evidence, diagnosis, port)} pod={port.pod} />
				<Answers {...port} />
				{about.map((finding, index) => (
					<Explained key={index} finding={finding} />
				))}
				{about.length === 0 && port.state !== 'wired' && (
					<>
						<Heading>Proof</Heading>
						<Prose indent={2} tone="muted">
							No finding names it; e shows what was read on its node.
						</Prose>
					</>
				)}
				<Rules lines={rulesOf(port, evidence)} />
				<Pod {...port} />
			</>
		);
	},
});

const portOf = ({screen, view: {model}}: Seen<Here>): HostPortDiagnosis | undefined =>
	model.hostPorts.find(({key}) => key === screen.hostPort)?.port;

function Summary(port: HostPortDiagnosis): ReactNode {
	const {signs} = useContext(ThemeContext);
	return (
		<>
			<Text>
				<Toned tone={stateTone(port.state)}>{stateText(port.state, signs)}</Toned>
				<Toned tone="strong">{`  ${mappingText(port, signs)}`}</Toned>
				<Toned tone="muted">{`  ${port.node}`}</Toned>
			</Text>
			{port.by !== '' && <Prose tone="muted">{port.by}</Prose>}
		</>
	);
}

/** It breaks between hops, which Ink does not know of. */
function Picture({path, pod}: {readonly path: PacketPath | undefined; readonly pod: string}): ReactNode {
	const {signs} = useContext(ThemeContext);
	const columns = useContext(WidthContext);
	if (path === undefined) return null;
	const lines = pathLines(path, pod, columns, signs);
	return (
		<Box marginTop={1} flexShrink={0}>
			<Lines lines={lines} width={columns} height={lines.length} />
		</Box>
	);
}

function Answers({answers}: HostPortDiagnosis): ReactNode {
	const {signs} = useContext(ThemeContext);
	if (answers.length === 0) return null;
	return (
		<>
			<Heading>Connections of the last look</Heading>
			{answers.map(({from, address, ok, error}, index) => (
				<Labelled
					key={index}
					label={ok ? `${signs.good} answered` : `${signs.bad} ${error}`}
					indent={2}
					labelWidth={12}
					labelTone={ok ? 'good' : 'bad'}
				>
					{`from ${from === client ? 'this machine' : from} to ${address}`}
				</Labelled>
			))}
		</>
	);
}

function Explained({finding}: {readonly finding: Finding}): ReactNode {
	const {signs} = useContext(ThemeContext);
	return (
		<Box flexDirection="column" marginTop={1} flexShrink={0}>
			<Text>
				<Toned tone={severityTone(finding.severity)}>{severityText(finding.severity, signs)}</Toned>
				<Toned tone="strong">{`  ${finding.code}`}</Toned>
			</Text>
			<Prose indent={2} tone="strong">
				{finding.title}
			</Prose>
			<Proofs {...finding} indent={2} />
		</Box>
	);
}

/** Most rules of a node are about others. */
const mostRules = 12;

function Rules({lines}: {readonly lines: readonly string[]}): ReactNode {
	if (lines.length === 0) return null;
	return (
		<>
			<Heading>Rules that name it</Heading>
			<Prose indent={2}>{lines.slice(0, mostRules).join('\n')}</Prose>
			{lines.length > mostRules && <Prose indent={2} tone="muted">{`and ${lines.length - mostRules} more: e`}</Prose>}
		</>
	);
}

/** The rules that name its number or its pod, as they stand there. */
function rulesOf({node: name, namespace, pod, hostPort: number}: HostPortDiagnosis, {nodes, pods}: Evidence): readonly string[] {
	const observation = nodes.find(node => node.name === name)?.observation;
	const addresses = pods.find(each => each.namespace === namespace && each.name === pod)?.podIPs ?? [];
	const words = new Set([String(number), ...addresses]);
	const {nat, nftables} = observation ?? {};
	const all = [nat?.nft, nat?.legacy].flatMap(table => (table ? [...table.rules, ...table.rules6, ...table.others] : []));
	return [...all, ...(nftables?.rules ?? []), ...(nftables?.rules6 ?? [])].filter(line =>
		line.split(/[\s,:/[\]]+/u).some(word => words.has(word)),
	);
}

function Pod({namespace, pod, owner, reach}: HostPortDiagnosis): ReactNode {
	const lines = [
		['pod', `${namespace}/${pod}`],
		['owner', owner],
		['reach', reach.why],
	] as const;
	return (
		<>
			<Heading>Pod</Heading>
			<LabelledTexts rows={lines} indent={2} labelWidth={7} />
		</>
	);
}
