import {Box, Text} from 'ink';
import {useContext, type ReactNode} from 'react';
import type {Finding} from '../../diagnosis/diagnosis.ts';
import {Heading} from '../components/heading.tsx';
import {Proofs} from '../components/proofs.tsx';
import {Prose} from '../components/prose.tsx';
import {Toned} from '../components/toned.tsx';
import {placeText, severityText, severityTone} from '../severity.ts';
import {ThemeContext} from '../theme.ts';
import {definePage, type Scrolled} from './page-screen.tsx';
import type {ScreenDefinition, Seen} from './screen.ts';

type Here = Scrolled<'finding'> & {
	/** Key of its row. */
	readonly finding: string;
};

/** A finding with its proof. */
export const finding: ScreenDefinition<'finding', Here> = definePage({
	name: 'finding',
	title: 'a finding',
	about: ({screen}) => ({finding: screen.finding}),
	titled: at => `Finding ${findingOf(at)?.code ?? ''}`.trimEnd(),
	Page(at) {
		const own = findingOf(at);
		if (own === undefined) return <Prose tone="muted">This finding is gone: the last look does not show it.</Prose>;
		return <FindingPage {...own} />;
	},
});

const findingOf = ({screen, view: {model}}: Seen<Here>): Finding | undefined =>
	model.findings.find(({key}) => key === screen.finding)?.finding;

/** Title, proof, remedy, and the nodes and hostPorts concerned. */
export function FindingPage({code, severity, title, nodes, hostPorts, repairable, ...proof}: Finding): ReactNode {
	const {signs} = useContext(ThemeContext);
	return (
		<>
			<Text>
				<Toned tone={severityTone(severity)}>{severityText(severity, signs)}</Toned>
				<Toned tone="strong">{`  ${code}  `}</Toned>
				<Toned tone="muted">{`${placeText(nodes)}${repairable ? ` ${signs.dot} repairable` : ''}`}</Toned>
			</Text>
			<Prose tone="strong">{title}</Prose>
			<Box flexDirection="column" marginTop={1}>
				<Proofs {...proof} />
			</Box>
			<Names title="Nodes" all={nodes} />
			<Names title="hostPorts" all={hostPorts} />
		</>
	);
}

const mostNames = 200;

function Names({title, all}: {readonly title: string; readonly all: readonly string[]}): ReactNode {
	if (all.length === 0) return null;
	return (
		<>
			<Heading>{`${title} ${all.length}`}</Heading>
			<Prose indent={2}>{all.slice(0, mostNames).join('\n')}</Prose>
			{all.length > mostNames && (
				<Prose indent={2} tone="muted">
					{`and ${all.length - mostNames} more`}
				</Prose>
			)}
		</>
	);
}
