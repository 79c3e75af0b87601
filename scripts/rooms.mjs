// The rooms of the house: the one source of the table in docs/house.md (`npm run docs`) and of the rules that `npm run house` checks
// (.dependency-cruiser.cjs).

/**
 * One room: a folder under source/, or a file of it that stands at the door.
 * - `imports`: the rooms that it may import; absent: all. A room within a room is named by its whole path.
 * - `owns`: packages that no other room imports.
 * - `pure`: it imports no module of Node that reads, writes, waits or draws lots.
 * - `more`: what a table of imports cannot say.
 */
export const rooms = [
	{
		room: 'cli.ts',
		job: 'answer the words typed: help, version, or one command; tell what failed',
		more: '`command-line/`, `commands/`',
		never:
			'anything heavy: `--help`, `--version` and completion load neither React nor the Kubernetes client (`test/late-imports.test.ts`)',
	},
	{
		room: 'command-line/',
		job: 'what a command and an option are: parsed (meow), checked, typed, shown in help and completed by one row',
		imports: ['cluster/'],
		never: 'know one command',
	},
	{
		room: 'interruption.ts',
		job: 'what asks a command to stop: signals, a closed terminal, an output that takes no more; each only aborts the one AbortSignal',
		imports: [],
		never: 'end the process in the middle of an act',
	},
	{
		room: 'named-file.ts',
		job: 'read and write a file that the person named, whatever it is: FIFO, device, link',
		imports: [],
		never: 'replace what is no regular file',
	},
	{
		room: 'commands/',
		job: 'one file a command (`defineCommand`) and its row in `index.ts`: options into a session, its values to stdout and stderr; what `run` needs is imported inside of it',
		never: 'logic of its own',
	},
	{
		room: 'terminal/',
		job: 'a person at a plain terminal: what is asked there, and what is told while something goes on',
		imports: ['output/', 'session/'],
		never: 'know one command',
	},
	{
		room: 'session/',
		job: 'the engine behind every face: look (evidence, its view and its diagnosis, made once), plan, run, undo, verify, watch',
		imports: ['access/', 'cilium/', 'cluster/', 'connect/', 'diagnosis/', 'evidence/', 'proof/', 'repair/'],
		never: 'know a flag, a terminal or a screen',
	},
	{
		room: 'live/',
		job: 'the terminal UI over a session: what the screens ask for becomes acts of it, what comes of them goes into the store',
		imports: ['access/', 'cilium/', 'cluster/', 'connect/', 'diagnosis/', 'evidence/', 'output/', 'proof/', 'repair/', 'session/', 'tui/'],
		never: 'decide what the engine decides',
	},
	{
		room: 'cluster/',
		job: 'speak to the API server: kubeconfig by kubectl’s rules, lists, patches, exec, rollouts, permissions',
		imports: [],
		owns: ['@kubernetes/client-node'],
		never: 'know what a finding is',
	},
	{
		room: 'connect/',
		job: 'try one connection and say what the kernel said: one shell fragment for nodes and pods, one function for this machine',
		imports: [],
		never: 'know what a hostPort is',
	},
	{
		room: 'access/',
		job: 'reach a node: one small interface (`run a script`, `put a file`), four kinds of access: agent pod, reader pod, host pod, SSH; choose the weakest that answers the question',
		imports: ['cluster/'],
		owns: ['ssh2'],
		never: 'parse what comes back',
	},
	{
		room: 'evidence/',
		job: 'ask a node everything in one round trip (one POSIX `sh` script), parse it, hold it; save it to a file and load it again; watch what it depends on',
		imports: ['access/', 'cluster/', 'cilium/', 'connect/'],
		never: 'judge',
	},
	{
		room: 'cilium/',
		job: 'what is known of Cilium: per version the keys, defaults, file names, conflist, status formats',
		imports: [],
		pure: true,
		never: 'I/O',
	},
	{
		room: 'diagnosis/',
		job: 'evidence in, findings out; one file a cause, each with its code, what it means, how it is proved and told apart, and consequence',
		imports: ['cilium/'],
		more: 'evidence *types*',
		pure: true,
		never: 'I/O, clocks, randomness',
	},
	{
		room: 'repair/',
		job: 'diagnosis + choice in, ordered steps out; then run them, each after its journal is written. What both halves are written against stands at its top: a step, its work, the journal',
		imports: ['cilium/', 'diagnosis/', 'cluster/', 'access/', 'proof/', 'connect/'],
		never: 'ask the user anything',
	},
	{
		room: 'repair/plan/',
		job: 'the pure half: what has to change, and the plan of steps that brings it about',
		imports: ['cilium/', 'diagnosis/', 'repair/steps/', 'repair/manifests/'],
		pure: true,
		never: 'I/O, clocks, randomness',
	},
	{
		room: 'repair/steps/',
		job: 'one file a kind of step: its part of a plan, and its work by what `acts/` can do',
		imports: [
			'cilium/',
			'diagnosis/',
			'cluster/',
			'access/',
			'proof/',
			'repair/plan/',
			'repair/acts/',
			'repair/manifests/',
			'repair/sources/',
		],
		never: 'know of the run around it',
	},
	{
		room: 'repair/acts/',
		job: 'what steps act and look with: pods, agents, `cilium-config`, portmap on a node, waiting for an API server that is away',
		imports: ['cilium/', 'cluster/', 'access/', 'proof/', 'connect/', 'repair/plan/'],
		never: 'know of steps or a run',
	},
	{
		room: 'repair/run/',
		job: 'carry out, resume, undo: lock, journals and their reader, dry run and rehearsal',
		imports: ['diagnosis/', 'cluster/', 'access/', 'proof/', 'repair/plan/', 'repair/steps/', 'repair/acts/'],
		never: 'know one kind of step',
	},
	{
		room: 'repair/sources/',
		job: 'where a portmap binary comes from: file, release, address, image, another node; what can be told of it before it is put anywhere',
		imports: ['cilium/', 'cluster/', 'access/', 'repair/acts/'],
		never: 'put it on a node',
	},
	{
		room: 'repair/manifests/',
		job: 'what makes a repair last, as text: DaemonSet, init script, Helm values, roles',
		imports: ['cilium/', 'diagnosis/', 'access/', 'repair/plan/', 'repair/steps/', 'repair/acts/', 'repair/sources/'],
		never: 'speak to a cluster',
	},
	{
		room: 'repair/leftovers/',
		job: 'find and remove the leftovers of an interrupted run',
		imports: ['diagnosis/', 'cluster/', 'access/', 'repair/acts/', 'repair/run/'],
		never: 'remove what carries no mark of ours',
	},
	{
		room: 'proof/',
		job: 'connect to every hostPort and read every rule: does it work now?',
		imports: ['cluster/', 'access/', 'cilium/', 'connect/', 'diagnosis/'],
		never: '–',
	},
	{
		room: 'tui/',
		job: 'Ink: screens, components, keys; shows values, sends intents',
		imports: ['diagnosis/', 'output/', 'cilium/'],
		more: 'value types',
		owns: ['ink', 'react'],
		never: 'Kubernetes or SSH',
	},
	{
		room: 'output/',
		job: 'the same values as table, JSON, YAML, JUnit, Markdown',
		imports: ['diagnosis/', 'cilium/'],
		more: 'value types',
		never: '–',
	},
	{
		room: 'demo/',
		job: 'an embedded cluster: an API server in-process and nodes that are folders, so that everything above runs unchanged',
		more: 'all rooms',
		onlyFor: ['commands/demo'],
		never: 'be imported by anything but `commands/demo` and tests',
	},
];

const folders = rooms.filter(({room}) => room.endsWith('/'));
const isWithin = (inner, outer) => inner !== outer && inner.startsWith(outer);
const never = (name, from, to, comment) => ({name, comment, severity: 'error', from: {path: from}, to: {path: to}});
const anyOf = paths => `^source/(${paths.join('|')})`;

/** Files at the door: what `--help` and completion load. */
const light = 'kubectl-hostport|cli|command-line|near-names|node-name|wrapped|interruption';

/** The rules, as dependency-cruiser takes them; on what the compiler emits, so a room may name another room's types but not call it. */
export const rules = [
	{name: 'no-circles', severity: 'error', from: {}, to: {circular: true}},
	...folders.flatMap(({room, imports, job}) => {
		if (imports === undefined) return [];
		const strange = folders
			.map(other => other.room)
			.filter(
				other =>
					other !== room &&
					!isWithin(other, room) &&
					!isWithin(room, other) &&
					!imports.some(each => each === other || isWithin(other, each)),
			);
		return strange.length === 0 ? [] : [never(`${room}-imports`, `^source/${room}`, anyOf(strange), job)];
	}),
	...folders
		.filter(({pure}) => pure)
		.map(({room}) =>
			never(
				`${room}-is-pure`,
				`^source/${room}`,
				'^(node:)?(fs|child_process|net|http|https|http2|dgram|tls|dns|timers|os|crypto)(/|$)',
				'no I/O',
			),
		),
	...folders.flatMap(({room, owns}) =>
		owns === undefined
			? []
			: [
					never(
						`${owns.join('-')}-only-in-${room}`,
						`^source/(?!${room})`,
						`(^|node_modules/)(${owns.join('|')})(/|$)`,
						`only ${room} imports it`,
					),
				],
	),
	...folders.flatMap(({room, onlyFor}) =>
		onlyFor === undefined
			? []
			: [
					never(
						`${room}-is-apart`,
						`^source/(?!${[room, ...onlyFor].join('|')})`,
						`^source/${room}`,
						`serves ${onlyFor.join(', ')} and tests only`,
					),
				],
	),
	never(
		'light-cli',
		`^source/(${light})[./]`,
		`^source/(?!commands/(?:index|complete)\\.|cluster/duration|clock|errors|foreign-text|version|words|${light})`,
		'starting loads nothing heavy',
	),
];

/** The table of docs/house.md. */
export function roomsTable() {
	const may = ({imports, owns = [], more}) => {
		const named = [...(imports ?? []), ...owns].map(each => `\`${each}\``).join(', ');
		const parts = [named, more].filter(Boolean);
		return parts.length > 0 ? parts.join('; ') : imports === undefined ? 'all rooms' : 'nothing';
	};
	const row = each => `| \`${each.room}\` | ${each.job} | ${may(each)} | ${each.never} |`;
	return ['| Room (under `source/`) | Its one job | May import | Never |', '|---|---|---|---|', ...rooms.map(row)].join('\n');
}
