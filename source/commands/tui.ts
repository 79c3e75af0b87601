import {defineCommand, type CommandContext} from '../command-line/command.ts';
import {exitCode} from '../errors.ts';
import {check, textOptions} from './check.ts';
import {lookOptions, mouse} from './shared-options.ts';
import {canDrawOn} from '../terminal/terminal.ts';

/** Whether screens are meant: there is a terminal to draw on, and nothing was typed that has no meaning there. */
export const isForScreens = (context: CommandContext): boolean =>
	canDrawOn(context) && Object.keys(textOptions).every(name => context.typed[name] === undefined);

/** No command: the terminal UI; where there is no terminal, or a flag of `check` is typed that has no meaning on screens, `check`. */
export const tui = defineCommand({
	name: '',
	summary: 'Finds why a hostPort does not answer on a Cilium cluster, with proof.',
	words: {usage: '[NODE…] | COMMAND', most: Infinity, are: 'node'},
	details: 'Without a command it opens the terminal UI; where there is no terminal, or with -o, it does the same as check.',
	examples: [
		['open the terminal UI on the current context', ''],
		['the same for two nodes', 'node/worker-1 node/worker-2'],
		['why hostPorts do not work, as text', 'check'],
	],
	options: {...lookOptions, ...textOptions, mouse},
	connects: true,
	async run(options, context) {
		const {isStandardOutput} = await import('../named-file.ts');
		if (!isForScreens(context) || isStandardOutput(options.save ?? '')) return check.run(context.typed, context);
		const [{runTuiSession}, {sessionOf}] = await Promise.all([import('../live/tui-session.ts'), import('./session-of.ts')]);
		await runTuiSession(sessionOf(options, context), {
			stdout: context.stdout,
			mouse: options.mouse,
			say: line => void context.stderr.write(`${line}\n`),
		});
		return context.signal.aborted ? exitCode.interrupted : exitCode.ok;
	},
});
