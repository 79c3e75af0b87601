import {Box} from 'ink';
import {Fragment, useCallback, useContext, useMemo, type ReactNode} from 'react';
import type {Evidence, NatTable, NodeEvidence, Observation} from '../evidence/evidence.ts';
import {Heading} from './components/heading.tsx';
import {Labelled} from './components/labelled.tsx';
import {Prose} from './components/prose.tsx';
import {LongLines} from './components/long-lines.tsx';
import {Raw, rawLines} from './components/raw.tsx';
import {WidthContext} from './components/width.ts';
import {blank, span} from './line.ts';
import {ThemeContext} from './theme.ts';
import {count} from '../words.ts';
import {timeText} from './writing.ts';

/** What the tabs of a node are made of. */
export type Read = {
	readonly evidence: Evidence;
	readonly node: NodeEvidence;
	/** What the findings about this node say, so that the line that one of them quotes is marked. */
	readonly quoted: ReadonlySet<string>;
	/** Host ports of the node's pods and addresses of these, by which a rule is theirs. */
	readonly numbers: ReadonlySet<string>;
};

/** One kind of what was read, as it was read: its lines, and which of them decide. */
type Tab = {readonly title: string; readonly Body: (read: Read) => ReactNode};

/** The tabs, in order. */
export const evidenceTabs: readonly Tab[] = [
	{title: 'CNI files', Body: Files},
	{title: 'rules', Body: Rules},
	{title: 'entries', Body: Entries},
	{title: 'agent', Body: Agent},
	{title: 'cilium-config', Body: CiliumConfig},
	{title: 'events', Body: Events},
];

/** The tab that decides about a hostPort. */
export const rulesTab = evidenceTabs.findIndex(({Body}) => Body === Rules);

function None({children}: {readonly children: string}): ReactNode {
	return (
		<Prose indent={2} tone="muted">
			{children}
		</Prose>
	);
}

/** Headings and what stands below them; the first needs no blank line above it. */
function Parts({children}: {readonly children: ReactNode}): ReactNode {
	return (
		<Box flexDirection="column" flexShrink={0} marginTop={-1}>
			{children}
		</Box>
	);
}

/** Why there is nothing of what the node would tell. */
function Untold({skipped}: NodeEvidence): ReactNode {
	return <None>{skipped === '' ? 'The node returned nothing.' : `The node was not asked: ${skipped}`}</None>;
}

/** The line of a CNI file by which a plugin is chained. */
const isPlugin = (line: string): boolean => /"type"\s*:\s*"(?:portmap|cilium-cni)"/u.test(line);

function Files({node}: Read): ReactNode {
	if (node.observation === null) return <Untold {...node} />;
	const {configurationFolder: folder} = node.observation;
	if (folder === null) return <None>This access could not read the folder.</None>;
	if (folder.files.length === 0) return <None>{`${folder.host} is empty.`}</None>;
	return (
		<Parts>
			{folder.files.map(({name, content, modified, truncated, unreadable}) => (
				<Fragment key={name}>
					<Heading>{`${folder.host}/${name}`}</Heading>
					{modified > 0 && <None>{`written ${timeText(modified)}`}</None>}
					{unreadable === true && <None>not readable with this access</None>}
					<Raw isMarked={isPlugin}>{content}</Raw>
					{truncated && <None>… cut here</None>}
				</Fragment>
			))}
		</Parts>
	);
}

function Rules({node, numbers}: Read): ReactNode {
	const isOurs = useCallback(
		(line: string): boolean => /CNI-HOSTPORT-DNAT|hostports/u.test(line) || line.split(/[\s,:/]+/u).some(word => numbers.has(word)),
		[numbers],
	);
	if (node.observation === null) return <Untold {...node} />;
	const {nat, nftables} = node.observation;
	const native = nftables === null ? [] : [...nftables.rules, ...nftables.rules6];
	return (
		<Parts>
			<NatRules engine="nf_tables" found={nat.nft} isOurs={isOurs} />
			<NatRules engine="legacy" found={nat.legacy} isOurs={isOurs} />
			<Heading>nftables, native tables</Heading>
			{nftables === null ? (
				<None>not read: this access has no nft; --via pod and --via ssh read them</None>
			) : native.length === 0 ? (
				<None>{`no rule of portmap; tables: ${nftables.tables.join(', ') || 'none'}`}</None>
			) : (
				<Raw isMarked={isOurs}>{native.join('\n')}</Raw>
			)}
		</Parts>
	);
}

type NatProps = {readonly engine: string; readonly found: NatTable | null; readonly isOurs: (line: string) => boolean};

function NatRules({engine, found, isOurs}: NatProps): ReactNode {
	if (found === null) return null;
	const own = [...found.rules, ...found.others];
	const own6 = [...found.rules6, ...(found.others6 ?? [])];
	return (
		<>
			<Heading>{`iptables (${engine})`}</Heading>
			{own.length === 0 ? (
				<None>{found.error === '' ? 'no rule that matters to a hostPort' : found.error}</None>
			) : (
				<Raw isMarked={isOurs}>{own.join('\n')}</Raw>
			)}
			{own6.length > 0 && (
				<>
					<Heading>{`ip6tables (${engine})`}</Heading>
					<Raw isMarked={isOurs}>{own6.join('\n')}</Raw>
				</>
			)}
		</>
	);
}

type Entry = {
	readonly type?: string | undefined;
	readonly ip: string;
	readonly port: number;
	readonly protocol: string;
	readonly backends: ReadonlyArray<{ip: string; port: number}>;
};

const isHostPort = (line: string): boolean => line.includes('HostPort');

function Entries({node}: Read): ReactNode {
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

/** Marks the lines that a finding quotes. */
function useQuoted({quoted}: Read): (line: string) => boolean {
	return useCallback(line => quoted.has(line), [quoted]);
}

function Agent(read: Read): ReactNode {
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

function CiliumConfig(read: Read): ReactNode {
	const isQuoted = useQuoted(read);
	const {cilium} = read.evidence;
	const data = keysOf(cilium?.configMap?.data ?? {});
	if (data.length === 0) return <None>cilium-config was not read.</None>;
	return (
		<>
			<Raw isMarked={isQuoted}>{data.sort().join('\n')}</Raw>
			{(cilium?.nodeConfigs ?? []).map(({name, defaults}) => (
				<Fragment key={name}>
					<Heading>{`CiliumNodeConfig ${name}`}</Heading>
					<Raw isMarked={isQuoted}>{keysOf(defaults).join('\n')}</Raw>
				</Fragment>
			))}
		</>
	);
}

const keysOf = (data: Readonly<Record<string, string>>): string[] => Object.entries(data).map(([key, value]) => `${key}: ${value}`);

/** There may be thousands, so they are one text. */
function Events(read: Read): ReactNode {
	const {evidence, node} = read;
	const {signs} = useContext(ThemeContext);
	const width = useContext(WidthContext);
	const isQuoted = useQuoted(read);
	const lines = useMemo(() => {
		const own = new Set(evidence.pods.filter(pod => pod.node === node.name).map(({namespace, name}) => `${namespace}/Pod/${name}`));
		const about = evidence.events.filter(event => event.node === node.name || own.has(`${event.namespace}/${event.object}`));
		return about.flatMap(({reason, message, namespace, object, count: times, lastSeen}, index) => [
			...(index === 0 ? [] : [blank]),
			[
				span(`${reason}  `, 'strong'),
				span(`${namespace}/${object}  ${count(times, 'time')}${lastSeen === null ? '' : `, last ${lastSeen}`}`, 'muted'),
			],
			...rawLines(message, isQuoted, width, signs),
		]);
	}, [evidence, node, isQuoted, width, signs]);
	return lines.length === 0 ? <None>No event that matters to a hostPort.</None> : <LongLines lines={lines} />;
}
