// docs/paths.md from what `test/cluster/paths` has measured: test/cilium/paths/VERSION/SETUP.tsv.
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';

/** One row that was measured: who asked a hostPort of one hostIP form at one address of its node, and what came back. */
export type Measured = {
	readonly form: string;
	readonly address: string;
	readonly place: string;
	/** `ok`, or what the kernel said, or that another pod answered. */
	readonly tcp: string;
	readonly udp: string;
};

export type Setup = {
	readonly version: string;
	/** Name of its file. */
	readonly name: string;
	readonly title: string;
	readonly date: string;
	/** Arguments of helm beside the cluster's own values. */
	readonly helm: string;
	/** Why there are no rows; empty where there are. */
	readonly failed: string;
	readonly rows: readonly Measured[];
};

/** Order of setups in the page; one that is not named comes last. */
const order = ['off', 'portmap', 'dual-portmap', 'native', 'dual-native', 'node-port', 'node-port-sockets'];
const places = [
	'the pod itself',
	'a pod of the same node',
	'a pod of another node',
	'the node itself',
	"the node's loopback",
	'another node',
	'outside',
] as const;

/** Everything that was measured, newest version first. */
export function measuredSetups(folder: string): readonly Setup[] {
	const rankOf = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
	return readdirSync(folder)
		.sort((a, b) => b.localeCompare(a, 'en', {numeric: true}))
		.flatMap(version =>
			readdirSync(path.join(folder, version))
				.filter(file => file.endsWith('.tsv'))
				.map(file => path.basename(file, '.tsv'))
				.sort((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1))
				.map(name => setupIn(readFileSync(path.join(folder, version, `${name}.tsv`), 'utf8'), version, name)),
		);
}

function setupIn(text: string, version: string, name: string): Setup {
	const lines = text.split('\n').filter(line => line !== '');
	const header = (key: string): string => lines.find(line => line.startsWith(`# ${key}: `))?.slice(key.length + 4) ?? '';
	const rows = lines
		.filter(line => !line.startsWith('#'))
		.map(line => {
			const [form = '', address = '', place = '', tcp = '', udp = ''] = line.split('\t');
			return {form, address, place, tcp, udp};
		});
	return {version, name, title: header('title'), date: header('date'), helm: header('helm'), failed: header('failed'), rows};
}

/** The page, in Markdown. */
export function pathsPage(setups: readonly Setup[]): string {
	const versions = [...Map.groupBy(setups, ({version}) => version)];
	return `# Who reaches a hostPort

Measured, not derived: \`test/cluster/paths\` brings up each setup on real nodes (Kubernetes 1.36, eBPF datapath) and asks a hostPort of node-1
from every place, over TCP and UDP; \`npm run docs\` makes this page from its answers (\`test/cilium/paths\`). \`test/cluster/table\` does the
same once, for the cluster that is up.

A cell says what TCP got; UDP got an answer exactly where TCP did, unless the cell says so. “refused”: the kernel said so at once; “silent”: nothing
came back within two seconds. “The node itself”, its loopback and “another node” are processes of the host network, inside the node's
cgroup: Cilium's socket programs see no others. “Outside” is a machine of the same network that is no node. “Second address”: one more
address on the same interface, which Kubernetes does not list among the node's own.

${versions.map(([version, own]) => versionPart(version, own)).join('\n')}`;
}

function versionPart(version: string, setups: readonly Setup[]): string {
	const measured = setups.filter(({failed}) => failed === '');
	const failed = setups.filter(each => each.failed !== '');
	return [
		`## Cilium ${version}\n`,
		'Without hostIP:\n',
		table(
			'Setup',
			measured.flatMap(setup => linesOf(setup, 'none', setup.title)),
		),
		'With a hostIP, by setup:\n',
		...byForm(measured.filter(({name}) => name !== 'off')),
		...(failed.length === 0
			? []
			: ['Could not be had:\n', ...failed.map(({title, helm, failed: why}) => `- ${title} (\`${helm}\`): ${why}`), '']),
		"Helm values beside the cluster's own, and when:\n",
		...measured.map(({title, helm, date}) => `- ${title}: \`${helm}\`, ${date}`),
		'',
	].join('\n');
}

type Line = readonly [head: string, ...cells: string[]];

/** Setups whose hostIP forms come out alike share a table. */
function byForm(setups: readonly Setup[]): string[] {
	const alike = Map.groupBy(
		setups.map(setup => {
			const forms = [...new Set(setup.rows.map(({form}) => form))].filter(form => form !== 'none');
			return {setup, lines: forms.flatMap(form => linesOf(setup, form, form))};
		}),
		({lines}) => JSON.stringify(lines),
	);
	return [...alike.values()].flatMap(group => [
		`${group.map(({setup}) => setup.title).join(' · ')}\n`,
		table('hostIP', group[0]?.lines ?? []),
	]);
}

function table(head: string, lines: readonly Line[]): string {
	const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
	return [row([head, ...places]), row(['---', ...places.map(() => '---')]), ...lines.map(row), ''].join('\n');
}

/** A line for each address; the loopback of its family stands in it too. */
function linesOf({rows}: Setup, form: string, head: string): Line[] {
	const own = rows.filter(each => each.form === form);
	const addresses = [...new Set(own.map(({address}) => address))].filter(address => !address.includes('loopback'));
	return addresses.map(address => {
		const isSix = address.startsWith('IPv6');
		const at = places.map(place => {
			const here = place === "the node's loopback" ? (isSix ? 'IPv6 loopback' : 'loopback') : address;
			// Loopback is asked once, and told with the address that Kubernetes knows.
			if (place === "the node's loopback" && address === 'second address') return '';
			return cellOf(own.find(each => each.place === place && each.address === here));
		});
		return [address === 'address' ? head : `${head}, at the ${address}`, ...at];
	});
}

function cellOf(measured: Measured | undefined): string {
	if (measured === undefined) return '';
	const {tcp, udp} = measured;
	if ((tcp === 'ok') === (udp === 'ok')) return tcp;
	return `TCP ${tcp}, UDP ${udp}`;
}
