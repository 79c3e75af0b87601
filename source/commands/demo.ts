import process from 'node:process';
import {defineCommand, type Command} from '../command-line/command.ts';
import {flag, flagOf, oneOf, wholeNumber, type Typed} from '../command-line/option.ts';
import {connectionOptions} from '../command-line/shared-options.ts';
import {demoScenes} from '../demo/scene.ts';
import {exitCode, UsageError} from '../errors.ts';
import {didYouMean} from '../near-names.ts';
import {color, concurrency, mouse} from './shared-options.ts';
import {canDrawOn} from '../terminal/terminal.ts';

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
			const command = commands.find(({name}) => name === (wanted ?? ''));
			if (command === undefined || wanted === '') {
				const names = commands.flatMap(({name}) => (name === '' ? [] : [name]));
				throw new UsageError(`demo cannot run "${wanted}"${didYouMean(wanted ?? '', names)}`, `It runs: ${names.join(', ')}`);
			}

			if (process.platform === 'win32') {
				throw new UsageError(
					'the demo cluster does not run on Windows: its nodes need a POSIX shell',
					'Try it on Linux, on macOS or in WSL.',
				);
			}

			const {startDemoCluster} = await import('../demo/demo-cluster.ts');
			// Only while it starts: once it stands, whoever acts on it still has to write and remove things after an interruption.
			const starting = new AbortController();
			const stop = (): void => starting.abort(signal.reason);
			signal.addEventListener('abort', stop, {once: true});
			const cluster = await startDemoCluster({scene, signal: starting.signal, ...(nodes !== undefined && {nodes})}).finally(() =>
				signal.removeEventListener('abort', stop),
			);
			try {
				const typed = {...withoutClusters(context.typed, line => void stderr.write(line)), kubeconfig: cluster.kubeconfig};
				// None of the scenes' images or nodes need have a portmap, and nobody who tries the demo has one at hand.
				const onDemo = {...context, words, typed, demo: {connect: cluster.connectFromHere, portmap: cluster.portmap}};
				if (serve) {
					stdout.write(`export KUBECONFIG=${cluster.kubeconfig}\n`);
					stderr.write(`The demo cluster is up at ${cluster.server} until Ctrl-C.\n`);
					await untilAborted(signal);
					return exitCode.well;
				}

				if (wanted !== undefined || canDrawOn(context)) return await command.run(typed, onDemo);
				const run = async (name: string): Promise<unknown> => commands.find(each => each.name === name)?.run(typed, onDemo);
				await run('check');
				stdout.write('\nWhat would change:\n\n');
				await run('diff');
				return exitCode.well;
			} finally {
				await cluster.stop();
			}
		},
	});

const usedOnDemo = new Set(['namespace', 'allNamespaces', 'requestTimeout']);

/** What was typed without what chooses a cluster or a user: the demo has its own of both, and nobody is to take one cluster for the other. */
function withoutClusters(typed: Typed, say: (line: string) => void): Typed {
	const unused = Object.keys(connectionOptions).filter(name => typed[name] !== undefined && !usedOnDemo.has(name));
	if (unused.length > 0) say(`demo cluster: not used: ${unused.map(flagOf).join(', ')}\n`);
	return Object.fromEntries(Object.entries(typed).filter(([name]) => !unused.includes(name)));
}

/** Keeps the process alive: a timer counts where a listener on the signal alone would not. */
async function untilAborted(signal: AbortSignal): Promise<void> {
	const timer = setInterval(() => undefined, 60_000);
	await new Promise<void>(resolve => {
		if (signal.aborted) resolve();
		else signal.addEventListener('abort', () => resolve(), {once: true});
	}).finally(() => clearInterval(timer));
}
