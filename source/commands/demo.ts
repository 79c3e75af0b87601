import type {DemoScene} from '../demo/demo-cluster.ts';
import {startDemoCluster} from '../demo/demo-cluster.ts';
import {exitCode, UsageError, type ExitCode} from '../errors.ts';
import {connectionFlags, type FlagValues} from '../flags.ts';
import {didYouMean} from '../near-names.ts';
import {numberFlag, textFlag} from './flag-values.ts';
import type {Command, CommandContext} from './command.ts';
import {canDrawOn} from './terminal.ts';

/**
 * `demo`: the terminal UI on an embedded cluster; without a terminal the diagnosis and the diff, ending with 0 because
 * showing a broken cluster is what was asked for. With a command's name, that command and its exit code.
 */
export async function runDemo(context: CommandContext, commands: readonly Command[]): Promise<ExitCode> {
	const runCommand = async (wanted: string, onDemo: CommandContext): Promise<ExitCode> => {
		const {run} = await (commands.find(each => each.name === wanted) ?? failToFind(wanted)).load();
		return run(onDemo);
	};

	const [name, ...words] = context.words;
	const command = commands.find(each => each.name !== '' && each.name === name && each.connects);
	if (name !== undefined && command === undefined) {
		const names = commands.filter(each => each.connects && each.name !== '').map(each => each.name);
		throw new UsageError(`demo cannot run "${name}"${didYouMean(name, names)}`, `It runs: ${names.join(', ')}`);
	}

	const nodes = numberFlag(context.flags, 'nodes');
	// Only while it starts: once it stands, whoever acts on it still has to write and remove things after an interruption.
	const starting = new AbortController();
	const stop = (): void => starting.abort(context.signal.reason);
	context.signal.addEventListener('abort', stop, {once: true});
	const cluster = await startDemoCluster({
		scene: (textFlag(context.flags, 'scene') ?? 'nks') as DemoScene,
		signal: starting.signal,
		...(nodes !== undefined && {nodes}),
	}).finally(() => context.signal.removeEventListener('abort', stop));
	try {
		const takesPortmap = command === undefined || command.name === 'fix';
		// None of the scenes' images or nodes need have a portmap, and nobody who tries the demo has one at hand.
		const portmap = takesPortmap && cluster.portmap !== undefined ? {portmap: [cluster.portmap]} : {};
		const onDemo: CommandContext = {
			...context,
			words,
			flags: {...portmap, ...onlyDemo(context), kubeconfig: cluster.kubeconfig},
			demoNetwork: cluster.connectFromHere,
		};
		if (context.flags['serve'] === true) {
			context.stdout.write(`export KUBECONFIG=${cluster.kubeconfig}\n`);
			context.stderr.write(`The demo cluster is up at ${cluster.server} until Ctrl-C.\n`);
			await untilAborted(context.signal);
			return exitCode.well;
		}

		if (command !== undefined) return await runCommand(command.name, onDemo);
		if (canDrawOn(context)) return await runCommand('', onDemo);
		await runCommand('check', onDemo);
		context.stdout.write('\nWhat would change:\n\n');
		await runCommand('diff', onDemo);
		return exitCode.well;
	} finally {
		await cluster.stop();
	}
}

/** The flags without those that choose a cluster or a user: the demo has its own of both, and nobody is to take one cluster for the other. */
function onlyDemo({flags, stderr}: CommandContext): FlagValues {
	const unused = connectionFlags.map(({name}) => name).filter(name => flags[name] !== undefined && !usedOnDemo.has(name));
	if (unused.length > 0) stderr.write(`demo cluster: not used: ${unused.map(name => `--${name}`).join(', ')}\n`);
	return Object.fromEntries(Object.entries(flags).filter(([name]) => !unused.includes(name)));
}

const usedOnDemo = new Set(['namespace', 'all-namespaces', 'request-timeout']);

/** Keeps the process alive: a timer counts where a listener on the signal alone would not. */
async function untilAborted(signal: AbortSignal): Promise<void> {
	const timer = setInterval(() => undefined, 60_000);
	await new Promise<void>(resolve => {
		if (signal.aborted) resolve();
		else signal.addEventListener('abort', () => resolve(), {once: true});
	}).finally(() => clearInterval(timer));
}

function failToFind(name: string): never {
	throw new Error(`no command "${name}"`);
}
