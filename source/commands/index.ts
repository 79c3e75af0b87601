import type {Flag} from '../flags.ts';
import type {Command} from './command.ts';

const selector: Flag = {name: 'selector', short: 'l', type: 'string', value: 'SELECTOR', help: 'only nodes with these labels'};
const from: Flag = {name: 'from', type: 'string', value: 'FILE', help: 'use saved evidence instead of a cluster; - for standard input'};
const save: Flag = {name: 'save', type: 'string', value: 'FILE', help: 'save the evidence, to look at it again with --from'};
const redact: Flag = {name: 'redact', type: 'boolean', help: 'with --save: replace addresses (the default); --no-redact keeps them'};
const concurrency: Flag = {
	name: 'concurrency',
	type: 'number',
	value: 'N',
	range: [1, 10_000],
	help: 'nodes asked at the same time (default 16)',
};
const connect: Flag = {
	name: 'connect',
	type: 'boolean',
	help: 'connect to each hostPort over TCP, from another node and from this machine (the default); --no-connect connects to nothing',
};
const strategy: Flag = {
	name: 'strategy',
	type: 'string',
	value: 'portmap|native',
	help: 'which of the two ways to show (default: the one recommended)',
};
const timeout: Flag = {
	name: 'timeout',
	type: 'string',
	value: 'DURATION',
	help: 'time limit of the whole command, 0 for none (default 5m, and on large clusters what the nodes may take)',
};
const color: Flag = {name: 'color', type: 'string', value: 'auto|always|never', help: 'colour in the output (default auto)'};
const via: Flag = {
	name: 'via',
	type: 'string',
	value: 'auto|agent|pod|ssh',
	help: 'way into the nodes (default auto: the weakest that answers the question)',
};
/** All that is set for SSH; whatever is not given is as ssh_config says. */
const sshFlags: readonly Flag[] = [
	{name: 'ssh-user', type: 'string', value: 'USER', help: 'user to log in as by SSH; one that is not root needs sudo without a password'},
	{name: 'ssh-key', type: 'string', value: 'FILE', help: 'private key file; it is offered alone'},
	{name: 'ssh-port', type: 'number', value: 'PORT', range: [1, 65_535], help: 'port of sshd on the nodes'},
	{name: 'ssh-config', type: 'string', value: 'FILE', help: 'ssh_config to use instead of the user’s and the system’s'},
	{name: 'ssh-known-hosts', type: 'string', value: 'FILE', help: 'known_hosts to use instead of the user’s'},
	{name: 'ssh-jump', type: 'string', value: '[USER@]HOST[:PORT]', help: 'jump hosts, several with commas, or none'},
	{name: 'ssh-address', type: 'string', value: 'internal|external|hostname', help: 'which address of the Node object (default internal)'},
	{name: 'ssh-client', type: 'string', value: 'ssh2|system', help: 'who speaks SSH (default ssh2, and the system’s ssh where that cannot)'},
];
/** Of the pods that this program makes for a moment. */
const podFlags: readonly Flag[] = [
	{name: 'image', type: 'string', value: 'REF', help: 'image of helper pods (default: the agent’s, by the digest that is on the node)'},
	{name: 'image-pull-policy', type: 'string', value: 'IfNotPresent|Always|Never', help: 'for helper pods (default IfNotPresent)'},
	{name: 'image-pull-secret', type: 'string', value: 'NAME', help: 'Secret in the helper pods’ namespace to pull their image with'},
	{name: 'helper-namespace', type: 'string', value: 'NAME', help: 'where helper pods are made (default: the agent’s namespace)'},
];
const nodeTimeout: Flag = {
	name: 'node-timeout',
	type: 'string',
	value: 'DURATION',
	help: 'time limit for one node, its helper pod included (default 30s)',
};
const ways: readonly Flag[] = [via, ...sshFlags, ...podFlags, nodeTimeout];
/** Of commands that write to nodes. */
const writingWays: readonly Flag[] = [
	{...via, value: 'auto|ssh', help: 'way into the nodes (default auto: agents, and pods that may write one folder)'},
	...sshFlags,
	...podFlags,
];
const looking: readonly Flag[] = [selector, from, save, redact, connect, concurrency, ...ways];

/** One row a command; the first is what runs without a command's name. */
export const commands: readonly [Command, ...Command[]] = [
	{
		name: '',
		summary: 'Finds why a hostPort does not answer on a Cilium cluster, with proof.',
		usage: '[NODE…] | COMMAND',
		details: 'Without a command it opens the terminal UI; where there is no terminal it does the same as check.',
		examples: [
			['open the terminal UI on the current context', ''],
			['the same for two nodes', 'node/worker-1 node/worker-2'],
			['why hostPorts do not work, as text', 'check'],
		],
		flags: looking,
		connects: true,
		load: () => import('./tui.ts'),
	},
	{
		name: 'check',
		summary: 'Diagnose: every node, every hostPort, and the cause of what does not work',
		usage: '[NODE…]',
		details: 'Results go to stdout, talk to stderr. -o name prints the nodes that are broken or degraded.',
		examples: [
			['what is wrong, and where', ''],
			['hostPorts of one namespace, every column', '-n web -o wide'],
			['fail a pipeline also on warnings', '-o junit --fail-on=warning'],
			['keep what was seen, for --from', '--save seen.json'],
		],
		flags: [
			{
				name: 'output',
				short: 'o',
				type: 'string',
				value: 'table|wide|json|yaml|name|junit|markdown',
				help: 'form of the result (default table)',
			},
			{
				name: 'fail-on',
				type: 'string',
				value: 'error|warning|never',
				help: 'which findings end with exit code 1 (default error); never: none, and 3 stays for what could not be looked at',
			},
			...looking,
			timeout,
			color,
		],
		connects: true,
		load: () => import('./check.ts'),
	},
	{
		name: 'diff',
		summary: 'CNI file of each node and cilium-config: current against needed',
		usage: '[NODE…]',
		details: 'Unified diffs, one header for each node and file. Exit code 0: no difference, 1: some.',
		examples: [
			['what a repair would change', ''],
			['the same for kube-proxy replacement', '--strategy native'],
		],
		flags: [strategy, ...looking, timeout, color],
		connects: true,
		load: () => import('./diff.ts'),
	},
	{
		name: 'verify',
		summary: 'Live proof: connect to every hostPort from every place there is',
		usage: '[NODE…]',
		details:
			'Connects to each hostPort from the node itself and its loopback, from another node and from this machine, and to the pod at its own address. A place that gets no answer by version, strategy or hostIP is shown as not served, and is no failure. Over TCP a connection is proof; over UDP an answer is, and silence is none unless the pod itself answers. What fails while an agent has just started is asked again for up to 30 seconds. With NODE only the hostPorts of these nodes are asked, from these nodes. Exit code 0: all of them work, 1: some do not, 3: not everything could be asked or proved.',
		examples: [
			['connect to every hostPort', ''],
			['of one node, from pods too', 'node/worker-1 --with-pods'],
		],
		flags: [
			{name: 'output', short: 'o', type: 'string', value: 'table|json|junit', help: 'form of the result (default table)'},
			selector,
			{
				name: 'with-pods',
				type: 'boolean',
				help: 'ask from pods too: makes small pods with the agent’s image and removes them, and runs a connection in each hostPort’s own pod, where it has a shell',
			},
			{name: 'test-pod', type: 'boolean', help: 'where no pod has a hostPort, make one for the moment, on each NODE or on one'},
			{name: 'skip-client', type: 'boolean', help: 'do not connect from this machine, such as where it has no way to the nodes'},
			concurrency,
			{...via, value: 'auto|ssh', help: 'what connections of a node leave from (default auto: its Cilium agent)'},
			...sshFlags,
			...podFlags,
			nodeTimeout,
			color,
		],
		connects: true,
		load: () => import('./verify.ts'),
	},
	{
		name: 'manifest',
		summary: 'What makes the repair last: a DaemonSet, an init script, Helm values, roles',
		usage: 'daemonset|init-script|helm-values|rbac',
		details:
			'Prints it and changes nothing. daemonset keeps portmap on every node, new ones included; init-script does it in a node pool, before a node joins; helm-values are the values for Cilium’s chart, in the form that the owner of cilium-config takes (a HelmChartConfig, a kustomize patch, kOps’ cluster spec); rbac the smallest roles for a --mode.',
		examples: [
			['roles that check needs', 'rbac --mode diagnose'],
			['a DaemonSet that keeps portmap on every node', 'daemonset --portmap release:1.9.1'],
			['values for Cilium’s chart', 'helm-values --strategy portmap'],
		],
		flags: [
			{
				name: 'portmap',
				type: 'string',
				multiple: true,
				value: 'SOURCE',
				help: 'file:PATH (carried along), release:VERSION, url:URL or image:REF; files and addresses several times for several architectures',
			},
			{
				name: 'portmap-sha256',
				type: 'string',
				value: 'SUM',
				help: 'checksum of the file or of what is fetched; of several, in the same order, with commas',
			},
			{name: 'image', type: 'string', value: 'REF', help: 'image of the DaemonSet (default: the Cilium agent’s, which is on the nodes)'},
			{
				name: 'image-pull-secret',
				type: 'string',
				value: 'NAME',
				help: 'Secret in its namespace to pull the images with (default: the agents’ own)',
			},
			{name: 'cni-bin-dir', type: 'string', value: 'FOLDER', help: 'folder of CNI binaries on the nodes (default: by the agent’s mounts)'},
			strategy,
			{name: 'mode', type: 'string', value: 'list|diagnose|fix', help: 'what the roles are for (default diagnose)'},
			from,
		],
		connects: true,
		load: () => import('./manifest.ts'),
	},
	{
		name: 'fix',
		summary: 'Repair: shows every change, then carries it out node by node, proves it, can take it back',
		usage: '[NODE…]',
		details:
			'Portmap goes to every node and is proved by running it before any CNI file names it. Each act is written to a journal first, in the cluster and in a local file, so that an interrupted run is gone on with by the next fix, and undone by rollback. In a terminal it asks for the name of the cluster; elsewhere it needs --yes.',
		examples: [
			['show the plan and let the API server check it', '--dry-run=server'],
			['repair, asking first', '--portmap release:1.9.1'],
			['repair without a terminal, and undo on failure', '--portmap node:worker-1 --canary node/worker-2 --yes --auto-rollback'],
		],
		flags: [
			{...strategy, help: 'which of the two ways to go (default: the one recommended)'},
			{
				name: 'portmap',
				type: 'string',
				multiple: true,
				value: 'SOURCE',
				help: 'where the binary comes from: FILE, node:NAME, image:REF, release:VERSION or an https URL; may be repeated, one an architecture',
			},
			{name: 'portmap-sha256', type: 'string', value: 'SUM', help: 'checksum that the file or archive must have'},
			{name: 'yes', short: 'y', type: 'boolean', help: 'do not ask'},
			{
				name: 'dry-run',
				type: 'string',
				value: 'none|client|server',
				help: 'show the plan only; server: let the API server check the changes too',
			},
			{name: 'canary', type: 'string', value: 'NODE', help: 'the node that goes first (default: one is chosen)'},
			{
				name: 'leave-out',
				type: 'string',
				multiple: true,
				value: 'NODE',
				help: 'a node that is down and that you answer for; may be repeated',
			},
			{name: 'allow-bare-pods', type: 'boolean', help: 'also make pods anew that have no owner'},
			{
				name: 'daemonset',
				type: 'boolean',
				help: 'also install the DaemonSet that keeps portmap on nodes that join (as manifest daemonset; in a terminal it is asked)',
			},
			{name: 'auto-rollback', type: 'boolean', help: 'undo everything when a step fails'},
			{name: 'output', short: 'o', type: 'string', value: 'text|json', help: 'form of the result (default text)'},
			concurrency,
			...writingWays,
			nodeTimeout,
			color,
		],
		connects: true,
		load: () => import('./fix.ts'),
	},
	{
		name: 'rollback',
		summary: 'Undo a run, also one that another machine began',
		usage: '[RUN]',
		details:
			'Without a RUN the newest that is not undone. The CNI list goes back first, then the pods; the portmap binary stays, it is harmless.',
		examples: [
			['undo the newest run', ''],
			['undo one of kubectl hostport runs, without asking', 'RUN --yes'],
		],
		flags: [
			{name: 'yes', short: 'y', type: 'boolean', help: 'do not ask'},
			{name: 'output', short: 'o', type: 'string', value: 'text|json', help: 'form of the result (default text)'},
			...writingWays,
			color,
		],
		connects: true,
		load: () => import('./rollback.ts'),
	},
	{
		name: 'runs',
		summary: 'List the runs of fix that the cluster and this machine know of',
		usage: '[RUN]',
		examples: [
			['list runs', ''],
			['their journals', '-o json'],
		],
		flags: [{name: 'output', short: 'o', type: 'string', value: 'table|json', help: 'form of the result (default table)'}, timeout],
		connects: true,
		load: () => import('./runs.ts'),
	},
	{
		name: 'cleanup',
		summary: 'Find what interrupted runs have left, show it, and remove it',
		usage: '[NODE…]',
		details:
			'Pods of ours in any namespace, unfinished files in the CNI binary folders, the settings of a first node, folders of this machine that a killed process has left. Locks and journals of runs that never ended are shown, and removed with --all only: a run is undone by them. Exit code 0: nothing is left, 1: something is, 3: not everything could be looked at or removed.',
		examples: [
			['show what is left and ask', ''],
			['only show it', '--dry-run=client'],
		],
		flags: [
			{name: 'yes', short: 'y', type: 'boolean', help: 'do not ask'},
			{name: 'dry-run', type: 'string', value: 'none|client', help: 'client: show only'},
			{name: 'all', type: 'boolean', help: 'also locks and journals of runs that never ended; they cannot be undone then'},
			{name: 'output', short: 'o', type: 'string', value: 'table|json', help: 'form of the result (default table)'},
			selector,
			concurrency,
			...ways,
		],
		connects: true,
		load: () => import('./cleanup.ts'),
	},
	{
		name: 'explain',
		summary: 'What a code such as HP02 means, how it is proved, how it is cured',
		usage: '[CODE]',
		examples: [
			['list all codes', ''],
			['one of them, HP02 for instance', 'hp02'],
		],
		flags: [],
		connects: false,
		load: () => import('./explain.ts'),
	},
	{
		name: 'version',
		summary: 'Versions of this program, of the cluster and of its Cilium, and which Cilium is known',
		usage: '',
		details: 'Exit code 0: all of them were read, 3: not all.',
		examples: [
			['versions of everything', ''],
			['of this program alone, asking no cluster', '--client -o json'],
		],
		flags: [
			{name: 'client', type: 'boolean', help: 'this program only: ask no cluster'},
			{name: 'output', short: 'o', type: 'string', value: 'text|json', help: 'form of the result (default text)'},
		],
		connects: true,
		load: () => import('./versions.ts'),
	},
	{
		name: 'options',
		summary: 'List the flags that every command takes',
		usage: '',
		examples: [],
		flags: [],
		connects: false,
		load: () => import('./options.ts'),
	},
	{
		name: 'demo',
		summary: 'All of this on an embedded demo cluster; nothing is needed but this program',
		usage: '[COMMAND …]',
		details:
			'In a terminal it opens the terminal UI on the demo cluster; elsewhere it prints the diagnosis and the diff. With a COMMAND, that command runs on the demo cluster.',
		examples: [
			['try it without a cluster', ''],
			['one command on another scene', 'verify --scene mixed'],
			['a cluster for kubectl get', '--serve'],
		],
		flags: [
			{name: 'scene', type: 'string', value: 'nks|missing-binary|healthy|mixed', help: 'what is wrong with the demo cluster (default nks)'},
			{name: 'nodes', type: 'number', value: 'N', range: [1, 5000], help: 'number of nodes (default: what the scene has)'},
			{name: 'serve', type: 'boolean', help: 'keep the demo cluster up and print its kubeconfig, for kubectl get and this program'},
			concurrency,
			color,
		],
		connects: false,
		load: async () => {
			const {runDemo} = await import('./demo.ts');
			return {run: context => runDemo(context, commands)};
		},
	},
];
