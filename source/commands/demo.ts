import {defineCommand, type Command} from '../command-line/command.ts';
import {flag, oneOf, wholeNumber} from '../command-line/option.ts';
import {withoutCluster} from '../command-line/connection-flags.ts';
import {demoScenes} from '../demo/scene.ts';
import {exitCode, UsageError, type ExitCode} from '../errors.ts';
import {knownWord} from '../near-names.ts';
import {color, concurrency, mouse} from './shared-options.ts';
import {untilAborted} from '../abort.ts';
import {canDrawOn} from '../terminal/terminal.ts';

/** Commands that are the same wherever they run. */
const sameEverywhere: readonly string[] = ['completion', 'explain', 'options'];

/**
 * `demo`: the terminal UI on an embedded cluster; without a terminal the diagnosis and the diff, ending with 0 because
 * showing a broken cluster is what was asked for. With a command's name, that command and its exit code.
 * @param commands what it can run; the terminal UI has no name
 */
export const demo = (commands: readonly Command[]): Command =>
	defineCommand({
		name: 'demo',
		summary: 'Run any of these commands on an embedded demo cluster',
		words: {usage: '[COMMAND …]', most: Infinity, are: 'command'},
		details:
			'In a terminal it opens the terminal UI on the demo cluster; elsewhere it prints the diagnosis and the diff. With a COMMAND, that command runs on the demo cluster.',
		examples: [
			['try it without a cluster', ''],
			['one command on another scene', 'verify --scene mixed'],
			['a cluster for kubectl get', '--serve'],
		],
		options: {
			scene: oneOf(demoScenes, {fallback: 'nks', help: 'what is wrong with the demo cluster (default nks)'}),
			nodes: wholeNumber({value: 'N', range: [1, 5000], help: 'number of nodes (default: what the scene has)'}),
			serve: flag({help: 'keep the demo cluster up and print its kubeconfig, for kubectl get and this program'}),
			concurrency,
			color,
			mouse,
		},
		connects: false,
		async run({scene, nodes, serve}, context) {
			const {stdout, stderr, signal} = context;
			const [wanted, ...words] = context.words;
			const names = commands.map(({name}) => name).filter(Boolean);
			if (wanted !== undefined && sameEverywhere.includes(wanted))
				throw new UsageError(`${wanted} needs no cluster`, `Run: kubectl hostport ${[wanted, ...words].join(' ')}`);
			if (wanted !== undefined) knownWord(wanted, names, {unknown: 'demo cannot run', all: 'It runs'});
			if (serve && wanted !== undefined)
				throw new UsageError('--serve runs no command', `Remove --serve or ${wanted}; commands run from another terminal then.`);
			const run = async (name: string, ...own: Parameters<Command['run']>): Promise<ExitCode> =>
				commands.find(each => each.name === name)?.run(...own) ?? exitCode.usage;
			const {withDemoCluster} = await import('../demo/demo-cluster.ts');
			return withDemoCluster({scene, nodes, signal}, async cluster => {
				// The demo has its own cluster and user, and nobody is to take one cluster for the other.
				const {kept, left} = withoutCluster(context.typed);
				if (left.length > 0) stderr.write(`demo cluster: not used: ${left.join(', ')}\n`);
				const typed = {...kept, kubeconfig: cluster.kubeconfig};
				// None of the scenes' images or nodes need have a portmap, and nobody who tries the demo has one at hand.
				const onDemo = {...context, words, typed, demo: {connect: cluster.connectFromHere, portmap: cluster.portmap}};
				if (serve) {
					stdout.write(`export KUBECONFIG=${cluster.kubeconfig}\n`);
					stderr.write(`The demo cluster is up at ${cluster.server} until Ctrl-C.\n`);
					if (cluster.portmap !== undefined) stderr.write(`To repair it there: kubectl hostport fix --portmap ${cluster.portmap}\n`);
					await untilAborted(signal);
					return exitCode.ok;
				}

				if (wanted !== undefined || canDrawOn(context)) return run(wanted ?? '', typed, onDemo);
				await run('check', typed, onDemo);
				stdout.write('\nWhat would change:\n\n');
				await run('diff', typed, onDemo);
				return exitCode.ok;
			});
		},
	});
