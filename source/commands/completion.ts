import {defineCommand} from '../command-line/command.ts';
import {exitCode} from '../errors.ts';
import {knownWord} from '../near-names.ts';

const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;

/** `completion SHELL`: the script by which a shell completes `kubectl-hostport`. */
export const completion = defineCommand({
	name: 'completion',
	summary: 'Print the shell completion script for kubectl-hostport',
	words: {usage: shells.join('|'), most: 1, are: shells},
	details:
		'It completes the command kubectl-hostport. For kubectl hostport, kubectl’s own completion asks a program kubectl_complete-hostport on the PATH: make it a link to this program, beside kubectl-hostport.',
	examples: [
		['in this bash: load it by source <(…)', 'bash'],
		['for every fish', 'fish'],
	],
	options: {},
	connects: false,
	async run(_options, {words: [typed = ''], stdout}) {
		const shell = knownWord(typed, shells, {none: 'completion needs a shell', unknown: 'there is no completion for', all: 'Shells'});
		const {completionScripts} = await import('../output/completion-scripts.ts');
		stdout.write(completionScripts[shell]);
		return exitCode.ok;
	},
});
