import {useContext, type ReactNode} from 'react';
import {Heading} from '../components/heading.tsx';
import {None} from '../components/none.tsx';
import {Raw} from '../components/raw.tsx';
import {ThemeContext} from '../theme.ts';
import {Parts, Untold, type Read} from './read.tsx';

type Entry = {
	readonly type?: string | undefined;
	readonly ip: string;
	readonly port: number;
	readonly protocol: string;
	readonly backends: ReadonlyArray<{ip: string; port: number}>;
};

const isHostPort = (line: string): boolean => line.includes('HostPort');

/** What the agent has in its maps. */
export function Entries({node}: Read): ReactNode {
	if (node.observation === null) return <Untold {...node} />;
	const {datapathEntries, serviceEntries} = node.observation;
	return (
		<Parts>
			<EntryList title="eBPF maps (bpf lb list)" entries={datapathEntries?.map(each => ({...each, ip: each.address})) ?? null} />
			<EntryList title="service list" entries={serviceEntries} />
		</Parts>
	);
}

function EntryList({title, entries}: {readonly title: string; readonly entries: readonly Entry[] | null}): ReactNode {
	const {signs} = useContext(ThemeContext);
	const lines = entries?.map(({type = 'HostPort', ip, port, protocol, backends}) => {
		const end = `${ip.includes(':') ? `[${ip}]` : ip}:${port}${protocol === '' ? '' : `/${protocol}`}`;
		return `${end}  ${type}  ${signs.arrow} ${backends.map(backend => `${backend.ip}:${backend.port}`).join(', ') || 'no backend'}`;
	});
	return (
		<>
			<Heading>{title}</Heading>
			{lines === undefined ? (
				<None>not read</None>
			) : lines.length === 0 ? (
				<None>no entry that a hostPort has or could meet</None>
			) : (
				<Raw isMarked={isHostPort}>{lines.join('\n')}</Raw>
			)}
		</>
	);
}
