import {Box, Text} from 'ink';
import {useContext, type ReactNode} from 'react';
import {answersText, type Finding} from '../../diagnosis/diagnosis.ts';
import type {NodeEvidence} from '../../evidence/evidence.ts';
import {Heading} from '../components/heading.tsx';
import {Labelled} from '../components/labelled.tsx';
import {None} from '../components/none.tsx';
import {Proofs} from '../components/proofs.tsx';
import {Prose} from '../components/prose.tsx';
import {Toned} from '../components/toned.tsx';
import {mappingText, stateText, stateTone} from '../host-port-table.ts';
import type {Model} from '../model.ts';
import {CniFolders} from '../cni-folders.tsx';
import {verdictText, verdictTone} from '../node-table.ts';
import {placeText, severitySign, severityText, severityTone} from '../severity.ts';
import {ThemeContext} from '../theme.ts';
import {timeText} from '../writing.ts';
import {definePage, type Scrolled} from './page-screen.tsx';
import type {ScreenDefinition} from './screen.ts';

type Here = Scrolled<'node'> & {readonly node: string};

/** A node: findings, hostPorts, CNI files and binaries. */
export const node: ScreenDefinition<'node', Here> = definePage({
	name: 'node',
	title: 'a node',
	about: ({screen}) => ({node: screen.node}),
	titled: ({screen}) => `Node ${screen.node}`,
	Page: ({screen, view: {model}}) => <NodePage model={model} name={screen.node} />,
});

type Props = {
	readonly model: Model;
	readonly name: string;
	/** Findings by their titles alone: the proof stands elsewhere on the screen. */
	readonly isBrief?: boolean;
};

/** All that is known of one node, the answer first: verdict, findings with proof, then what was seen. */
export function NodePage({model, name, isBrief = false}: Props): ReactNode {
	const {signs} = useContext(ThemeContext);
	const row = model.nodes.find(each => each.name === name);
	const {evidence, diagnosis} = model.snapshot;
	const seen = evidence?.nodes.find(each => each.name === name);
	const judged = diagnosis?.nodes.find(each => each.name === name);
	if (row === undefined) return <Prose tone="muted">The last look does not show this node.</Prose>;
	const about = model.findings.map(({finding}) => finding).filter(({nodes}) => nodes.length === 0 || nodes.includes(name));
	return (
		<>
			<Text>
				<Toned tone={verdictTone(row.verdict)}>{verdictText(row.verdict, signs)}</Toned>
				<Toned tone="strong">{row.codes.length > 0 && `  ${row.codes.join(', ')}`}</Toned>
			</Text>
			{row.reason !== '' && <Prose>{row.reason}</Prose>}
			{seen !== undefined && <System seen={seen} via={row.via} />}
			{isBrief && about.length > 0 ? <Titles all={about} /> : diagnosis !== null && <Findings all={about} />}
			{diagnosis !== null && <HostPorts model={model} name={name} />}
			{judged !== undefined && <CniFolders judged={judged} seen={seen} />}
			{seen !== undefined && <Attempts {...seen} />}
			{seen !== undefined && <Errors {...seen} />}
		</>
	);
}

function System({seen, via}: {readonly seen: NodeEvidence; readonly via: string}): ReactNode {
	const {signs} = useContext(ThemeContext);
	const address = seen.addresses.find(({type}) => type === 'InternalIP')?.address ?? '';
	const asked = seen.askedAt === undefined ? '' : `asked ${timeText(Date.parse(seen.askedAt) / 1000)}`;
	const system = [seen.kernel, seen.architecture, seen.osImage, seen.containerRuntime, address, via === '' ? '' : `via ${via}`, asked];
	return (
		<>
			<Prose tone="muted">{system.filter(Boolean).join(` ${signs.dot} `)}</Prose>
			{seen.ready === false && <Prose tone="doubtful">{`Not ready: ${seen.readyMessage}`}</Prose>}
		</>
	);
}

function Titles({all}: {readonly all: readonly Finding[]}): ReactNode {
	const {signs} = useContext(ThemeContext);
	return (
		<Box flexDirection="column" marginTop={1}>
			{all.map(({severity, code, title}, index) => (
				<Labelled key={index} label={`${severitySign(severity, signs)} ${code}`} labelTone={severityTone(severity)}>
					{title}
				</Labelled>
			))}
		</Box>
	);
}

function Findings({all}: {readonly all: readonly Finding[]}): ReactNode {
	const {signs} = useContext(ThemeContext);
	if (all.length === 0) return <Missing title="Findings">none for this node</Missing>;
	return (
		<>
			<Heading>{`Findings ${all.length}`}</Heading>
			<Box flexDirection="column" gap={1}>
				{all.map((finding, index) => (
					<Box key={index} flexDirection="column">
						<Text>
							<Toned tone={severityTone(finding.severity)}>{`  ${severityText(finding.severity, signs)}`}</Toned>
							<Toned tone="strong">{`  ${finding.code}  `}</Toned>
							<Toned tone="muted">{finding.nodes.length === 1 ? 'only this node' : placeText(finding.nodes)}</Toned>
						</Text>
						<Prose indent={4} tone="strong">
							{finding.title}
						</Prose>
						<Proofs {...finding} indent={4} />
					</Box>
				))}
			</Box>
		</>
	);
}

function HostPorts({model, name}: Pick<Props, 'model' | 'name'>): ReactNode {
	const {signs} = useContext(ThemeContext);
	const own = model.hostPorts.filter(({port}) => port.node === name);
	if (own.length === 0) return <Missing title="hostPorts">no pod with a hostPort here</Missing>;
	return (
		<>
			<Heading>{`hostPorts ${own.length}`}</Heading>
			{own.map(({port}, index) => (
				<Labelled key={index} label={stateText(port.state, signs)} indent={2} labelWidth={12} labelTone={stateTone(port.state)}>
					<Box flexWrap="wrap" columnGap={2}>
						<Toned tone="strong">{mappingText(port, signs)}</Toned>
						<Text>{`${port.namespace}/${port.pod}`}</Text>
					</Box>
					<Prose tone="muted">{[port.owner, port.by, answersText(port.answers)].filter(Boolean).join('\n')}</Prose>
				</Labelled>
			))}
		</>
	);
}

function Attempts({attempts}: NodeEvidence): ReactNode {
	const {signs} = useContext(ThemeContext);
	if (attempts.length === 0) return null;
	return (
		<>
			<Heading>Access tried</Heading>
			{attempts.map(({via, ok, reason}, index) => (
				<Labelled key={index} label={`${ok ? signs.good : signs.bad} ${via}`} indent={2} labelWidth={8} labelTone={ok ? 'good' : 'bad'}>
					{reason === '' ? 'answered' : reason}
				</Labelled>
			))}
		</>
	);
}

function Errors({observation}: NodeEvidence): ReactNode {
	const errors = observation?.errors ?? [];
	if (errors.length === 0) return null;
	return (
		<>
			<Heading>Errors</Heading>
			<Prose indent={2}>{errors.join('\n')}</Prose>
		</>
	);
}

function Missing({title, children}: {readonly title: string; readonly children: string}): ReactNode {
	return (
		<>
			<Heading>{title}</Heading>
			<None>{children}</None>
		</>
	);
}
