import type {ReactNode} from 'react';
import type {Observation} from '../../evidence/evidence.ts';
import {Heading} from '../components/heading.tsx';
import {Labelled} from '../components/labelled.tsx';
import {None} from '../components/none.tsx';
import {Raw} from '../components/raw.tsx';
import {Parts, Untold, useQuoted, type Read} from './read.tsx';

/** What the agent says of itself, and what it has logged. */
export function Agent(read: Read): ReactNode {
	const isQuoted = useQuoted(read);
	if (read.node.observation === null) return <Untold {...read.node} />;
	const {agentStatus, agentLog} = read.node.observation;
	return (
		<Parts>
			<Heading>Status</Heading>
			<Status {...agentStatus} />
			<Heading>Log, lines that matter to hostPort</Heading>
			{agentLog.length === 0 ? <None>none</None> : <Raw isMarked={isQuoted}>{agentLog.join('\n')}</Raw>}
		</Parts>
	);
}

function Status(status: Partial<NonNullable<Observation['agentStatus']>>): ReactNode {
	const values = Object.entries(status).filter(
		([, value]) => value !== null && value !== '' && !(Array.isArray(value) && value.length === 0),
	);
	if (values.length === 0) return <None>not read</None>;
	return values.map(([key, value]) => (
		<Labelled key={key} label={key} indent={2} labelWidth={22}>
			{typeof value === 'object' ? JSON.stringify(value) : String(value)}
		</Labelled>
	));
}
