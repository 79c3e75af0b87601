import {textWidth} from '../layout.ts';
import type {Evidence, NatTable, NodeEvidence, Observation} from '../../evidence/evidence.ts';
import {blank, span, type Line} from '../line.ts';
import type {Model} from '../model.ts';
import {wrap} from '../text-width.ts';
import type {Signs} from '../theme.ts';
import type {Step} from '../state.ts';
import {heading, labelled, paragraph, timeText, type Document} from '../writing.ts';
import {nodesOf, push, type At, type ScreenDefinition} from './screen.ts';
import {defineText, type Scrolled} from './text-screen.tsx';

/** One kind of what was read, as it was read: its lines, and which of them decide. */
type Tab = {
	readonly title: string;
	readonly write: (seen: Seen) => readonly Line[];
};

type Seen = {
	readonly evidence: Evidence;
	readonly node: NodeEvidence;
	/** What the findings about this node say, so that the line that one of them quotes is marked. */
	readonly quoted: ReadonlySet<string>;
	/** Host ports of the node's pods and addresses of these, by which a rule is theirs. */
	readonly numbers: ReadonlySet<string>;
	readonly width: number;
	readonly signs: Signs;
};

const tabs: readonly Tab[] = [
	{title: 'CNI files', write: files},
	{title: 'rules', write: rules},
	{title: 'entries', write: entries},
	{title: 'agent', write: agent},
	{title: 'cilium-config', write: ciliumConfig},
	{title: 'events', write: events},
];

type Here = Scrolled<'evidence'> & {readonly node: string; readonly tab: number};

const step =
	(by: number) =>
	({screen, state}: At<Here>): Step => ({
		state: {...state, screen: {...screen, tab: (screen.tab + by + tabs.length) % tabs.length, offset: 0}},
	});

/** The raw evidence of a node. */
export const evidence: ScreenDefinition<'evidence', Here> = defineText({
	name: 'evidence',
	title: 'the evidence',
	opener: {
		keys: ['e'],
		label: 'what was read on the node, raw',
		footer: {word: 'evidence', rank: 6},
		act({state, view: {model}, about}) {
			const name = nodesOf(about, model)[0] ?? model.nodes[0]?.name;
			// Of a hostPort the rules decide.
			const tab = state.screen.name === 'hostPort' ? tabs.findIndex(({write}) => write === rules) : 0;
			return name === undefined ? undefined : {state: push(state, {name: 'evidence', node: name, tab, offset: 0})};
		},
	},
	keys: [
		{keys: ['[', 'shift+tab'], label: 'previous tab', act: step(-1)},
		{keys: ['tab', ']'], label: 'next tab', footer: {word: 'next', rank: 3}, act: step(1)},
	],
	about: ({screen}) => ({node: screen.node}),
	write: ({screen, view: {model, columns, signs}}) => evidenceDocument(model, screen.node, screen.tab, textWidth(columns), signs),
});

/** What was read on one node and about it, raw; lines that findings quote or that are about its hostPorts are marked. */
function evidenceDocument(model: Model, name: string, index: number, width: number, signs: Signs): Document {
	const {evidence: all, diagnosis} = model.snapshot;
	const node = all?.nodes.find(each => each.name === name);
	const tab = tabs[index] ?? tabs[0]!;
	const title = `Evidence ${name}`;
	const trail = {title, words: tabs.map(each => each.title), current: index, isChoice: true};
	if (all === null || node === undefined) return {title, trail, lines: paragraph('Not read yet.', width, 0, 'muted')};
	const about = (diagnosis?.findings ?? []).filter(({nodes}) => nodes.length === 0 || nodes.includes(name));
	const own = all.pods.filter(pod => pod.node === name && !pod.hostNetwork);
	const seen: Seen = {
		evidence: all,
		node,
		quoted: new Set(about.flatMap(({because}) => because.map(({says}) => says))),
		numbers: new Set(own.flatMap(({ports, podIPs}) => [...ports.map(({hostPort}) => String(hostPort)), ...podIPs])),
		width,
		signs,
	};
	return {title, trail, lines: tab.write(seen)};
}

/** Text as it stands there, tabs as blanks, long lines over several; a line that decides has a sign before it. */
function raw(lines: readonly string[], {width, signs}: Seen, isMarked: (line: string) => boolean): readonly Line[] {
	return lines.flatMap(line => {
		const mark = isMarked(line);
		return wrap(line.replaceAll('\t', '    '), width - 2).map((part, index): Line => [
			span(mark && index === 0 ? `${signs.cursor} ` : '  ', 'accent'),
			span(part, mark ? 'strong' : 'plain'),
		]);
	});
}

const none = (text: string, {width}: Seen): readonly Line[] => paragraph(text, width, 2, 'muted');

/** Reads one part of what the node told; says so where it told nothing. */
function observed(seen: Seen, write: (observation: Observation) => readonly Line[]): readonly Line[] {
	const {observation, skipped} = seen.node;
	if (observation !== null) return write(observation);
	return none(skipped === '' ? 'The node returned nothing.' : `The node was not asked: ${skipped}`, seen);
}

function files(seen: Seen): readonly Line[] {
	return observed(seen, ({configurationFolder}) => {
		if (configurationFolder === null) return none('This access could not read the folder.', seen);
		if (configurationFolder.files.length === 0) return none(`${configurationFolder.host} is empty.`, seen);
		const lines = configurationFolder.files.flatMap(({name, content, modified, truncated, unreadable}) => [
			...heading(`${configurationFolder.host}/${name}`),
			...(modified > 0 ? paragraph(`written ${timeText(modified)}`, seen.width, 2, 'muted') : []),
			...(unreadable === true ? none('not readable with this access', seen) : []),
			...raw(content.split('\n'), seen, line => /"type"\s*:\s*"(?:portmap|cilium-cni)"/u.test(line)),
			...(truncated ? none('… cut here', seen) : []),
		]);
		return lines.slice(1);
	});
}

function rules(seen: Seen): readonly Line[] {
	const isOurs = (line: string): boolean =>
		/CNI-HOSTPORT-DNAT|hostports/u.test(line) || line.split(/[\s,:/]+/u).some(word => seen.numbers.has(word));
	const table = (title: string, found: NatTable | null): readonly Line[] => {
		if (found === null) return [];
		const all = [...found.rules, ...found.rules6, ...found.others, ...(found.others6 ?? [])];
		const why = found.error === '' ? 'no rule that matters to a hostPort' : found.error;
		return [...heading(title), ...(all.length === 0 ? none(why, seen) : raw(all, seen, isOurs))];
	};
	return observed(seen, ({nat, nftables}) => {
		const native = nftables === null ? [] : [...nftables.rules, ...nftables.rules6];
		const lines = [
			...table('iptables (nf_tables)', nat.nft),
			...table('iptables (legacy)', nat.legacy),
			...heading('nftables, native tables'),
			...(nftables === null
				? none('not read: this access has no nft; --via pod and --via ssh read them', seen)
				: native.length === 0
					? none(`no rule of portmap; tables: ${nftables.tables.join(', ') || 'none'}`, seen)
					: raw(native, seen, isOurs)),
		];
		return lines.slice(1);
	});
}

function entries(seen: Seen): readonly Line[] {
	const written = (list: ReadonlyArray<{type?: string | undefined; address: string; port: number; protocol: string; to: string}>) =>
		list.map(({type = 'HostPort', address, port, protocol, to}) => {
			const end = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
			return `${end}${protocol === '' ? '' : `/${protocol}`}  ${type}  ${seen.signs.arrow} ${to === '' ? 'no backend' : to}`;
		});
	const backendsText = (backends: ReadonlyArray<{ip: string; port: number}>): string =>
		backends.map(({ip, port}) => `${ip}:${port}`).join(', ');
	const part = (title: string, list: readonly string[] | undefined): readonly Line[] => [
		...heading(title),
		...(list === undefined
			? none('not read', seen)
			: list.length === 0
				? none('no entry that a hostPort has or could meet', seen)
				: raw(list, seen, line => /HostPort/u.test(line))),
	];
	return observed(seen, ({datapathEntries, serviceEntries}) =>
		[
			...part(
				'eBPF maps (bpf lb list)',
				datapathEntries === null ? undefined : written(datapathEntries.map(each => ({...each, to: backendsText(each.backends)}))),
			),
			...part(
				'service list',
				serviceEntries === null
					? undefined
					: written(serviceEntries.map(each => ({...each, address: each.ip, to: backendsText(each.backends)}))),
			),
		].slice(1),
	);
}

function agent(seen: Seen): readonly Line[] {
	return observed(seen, ({agentStatus, agentLog}) => {
		const values = Object.entries(agentStatus ?? {}).flatMap(([key, value]) =>
			value === null || value === '' || (Array.isArray(value) && value.length === 0)
				? []
				: labelled(key, typeof value === 'object' ? JSON.stringify(value) : String(value), seen.width, {indent: 2, labelWidth: 22}),
		);
		return [
			[span('Status', 'strong')],
			...(values.length === 0 ? none('not read', seen) : values),
			...heading('Log, lines that matter to hostPort'),
			...(agentLog.length === 0 ? none('none', seen) : raw(agentLog, seen, line => seen.quoted.has(line))),
		];
	});
}

function ciliumConfig(seen: Seen): readonly Line[] {
	const {cilium} = seen.evidence;
	const data = Object.entries(cilium?.configMap?.data ?? {}).map(([key, value]) => `${key}: ${value}`);
	if (data.length === 0) return none('cilium-config was not read.', seen);
	return [
		...raw(data.sort(), seen, line => seen.quoted.has(line)),
		...(cilium?.nodeConfigs ?? []).flatMap(({name, defaults}) => [
			...heading(`CiliumNodeConfig ${name}`),
			...raw(
				Object.entries(defaults).map(([key, value]) => `${key}: ${value}`),
				seen,
				line => seen.quoted.has(line),
			),
		]),
	];
}

function events(seen: Seen): readonly Line[] {
	const {evidence: all, node} = seen;
	const own = new Set(all.pods.filter(pod => pod.node === node.name).map(({namespace, name}) => `${namespace}/Pod/${name}`));
	const about = all.events.filter(event => event.node === node.name || own.has(`${event.namespace}/${event.object}`));
	if (about.length === 0) return none('No event that matters to a hostPort.', seen);
	return about.flatMap(({reason, message, namespace, object, count, lastSeen}, index) => [
		...(index === 0 ? [] : [blank]),
		[
			span(`${reason}  `, 'strong'),
			span(`${namespace}/${object}  ${count} ${count === 1 ? 'time' : 'times'}${lastSeen === null ? '' : `, last ${lastSeen}`}`, 'muted'),
		],
		...raw([message], seen, line => seen.quoted.has(line)),
	]);
}
