import type {Flag} from '../flags.ts';
import type {Command} from './command.ts';

const selector: Flag = {name: 'selector', short: 'l', type: 'string', value: 'SELECTOR', help: 'only nodes with these labels'};
const from: Flag = {name: 'from', type: 'string', value: 'FILE', help: 'use saved evidence instead of a cluster; - for standard input'};
const save: Flag = {name: 'save', type: 'string', value: 'FILE', help: 'save the evidence, to look at it again with --from'};
const concurrency: Flag = {name: 'concurrency', type: 'number', value: 'N', help: 'nodes asked at the same time (default 16)'};
const strategy: Flag = {
	name: 'strategy',
	type: 'string',
	value: 'portmap|native',
	help: 'which of the two ways to show (default: the one recommended)',
};
const color: Flag = {name: 'color', type: 'string', value: 'auto|always|never', help: 'colour in the output (default auto)'};
const looking: readonly Flag[] = [selector, from, save, concurrency];

/** One row a command; the first is what runs without a command's name. */
export const commands: readonly [Command, ...Command[]] = [
	{
		name: '',
		summary: 'Finds why a hostPort does not answer on a Cilium cluster, with proof.',
		usage: '[NODE…] | COMMAND',
		details: 'Without a command it opens the terminal UI; where there is no terminal it does the same as check.',
		flags: looking,
		connects: true,
		load: () => import('./tui.ts'),
	},
	{
		name: 'check',
		summary: 'Diagnose: every node, every hostPort, and the cause of what does not work',
		usage: '[NODE…]',
		details: 'Results go to stdout, talk to stderr. -o name prints the nodes that are broken or degraded.',
		flags: [
			{
				name: 'output',
				short: 'o',
				type: 'string',
				value: 'table|wide|json|yaml|name|junit|markdown',
				help: 'form of the result (default table)',
			},
			...looking,
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
		flags: [strategy, ...looking, color],
		connects: true,
		load: () => import('./diff.ts'),
	},
	{
		name: 'verify',
		summary: 'Live proof: connect to every hostPort from every place there is',
		usage: '[NODE…]',
		details:
			'Connects from the node itself, from another node and from this machine to each address, and to the pod itself first. Over TCP a connection is proof; over UDP an answer is, and silence is none unless the pod itself answers. With NODE only the hostPorts of these nodes are asked, from these nodes. Exit code 0: all of them work, 1: some do not, 3: not everything could be asked or proved.',
		flags: [
			{name: 'output', short: 'o', type: 'string', value: 'table|json|junit', help: 'form of the result (default table)'},
			selector,
			{name: 'with-pods', type: 'boolean', help: 'ask from ordinary pods too: makes small pods with the agent’s image, and removes them'},
			{name: 'test-pod', type: 'boolean', help: 'where no pod has a hostPort, make one for the moment, on each NODE or on one'},
			{name: 'skip-client', type: 'boolean', help: 'do not connect from this machine, such as where it has no way to the nodes'},
			concurrency,
			color,
		],
		connects: true,
		load: () => import('./verify.ts'),
	},
	{
		name: 'explain',
		summary: 'What a code such as HP02 means, how it is proved, how it is cured',
		usage: '[CODE]',
		flags: [],
		connects: false,
		load: () => import('./explain.ts'),
	},
	{
		name: 'demo',
		summary: 'All of this on an embedded demo cluster; nothing is needed but this program',
		usage: '[COMMAND …]',
		details:
			'In a terminal it opens the terminal UI on the demo cluster; elsewhere it prints the diagnosis and the diff. With a COMMAND, that command runs on the demo cluster.',
		flags: [
			{name: 'scene', type: 'string', value: 'nks|missing-binary|healthy|mixed', help: 'what is wrong with the demo cluster (default nks)'},
			{name: 'nodes', type: 'number', value: 'N', help: 'number of nodes (default: what the scene has)'},
			{name: 'serve', type: 'boolean', help: 'keep the demo cluster up and print its kubeconfig, for kubectl and this program'},
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
