import type {CommandContext} from '../command-line/command.ts';
import {completionOf} from '../command-line/completion.ts';
import {readOptions} from '../command-line/option.ts';
import {parse, type Commands} from '../command-line/parse.ts';
import {sharedOptions} from '../command-line/shared-options.ts';

/** Cobra's directives (spf13/cobra, ShellCompDirective), bits: what a shell does besides. */
const directive = {files: 0, noSpace: 2, noFiles: 4} as const;

const longestHelp = 60;
/** Somebody waits at a prompt: so long may a cluster take. */
const usualLimit = 2000;

type Around = Omit<CommandContext, 'words' | 'typed'>;

/**
 * What completes the words typed, as kubectl asks `kubectl_complete-hostport` for it: a candidate a line, its meaning behind a tab, and at the
 * end a directive. Nothing that goes wrong is told: it would be written into the line that somebody types.
 */
export async function complete(words: readonly string[], commands: Commands, around: Around, limit = usualLimit): Promise<string> {
	const {typed, candidates} = completionOf(words, commands);
	if (candidates === 'file') return `:${directive.files}\n`;
	const known = typeof candidates === 'string' ? await namesFor(candidates, words, commands, {...around, limit}) : candidates;
	const prefix = /^(?:nodes?|no)\//u.exec(typed)?.[0] ?? '';
	const lines = known
		.map(([word, says]) => [prefix + word, says] as const)
		.filter(([word]) => word.startsWith(typed))
		.map(([word, says = '']) =>
			says === '' ? word : `${word}\t${says.length > longestHelp ? `${says.slice(0, longestHelp - 1)}…` : says}`,
		);
	const goesOn = lines.length > 0 && lines.every(line => line.endsWith('='));
	return [...lines, `:${directive.noFiles + (goesOn ? directive.noSpace : 0)}`, ''].join('\n');
}

async function namesFor(
	named: Exclude<ReturnType<typeof completionOf>['candidates'], readonly unknown[] | 'file'>,
	words: readonly string[],
	commands: Commands,
	{limit, ...around}: Around & {readonly limit: number},
): Promise<ReadonlyArray<readonly [word: string, says?: string]>> {
	const [{namesOf}, {sessionOf}] = await Promise.all([import('../session/names.ts'), import('./session-of.ts')]);
	const connection = connectionTyped(words.slice(0, -1), commands);
	const session = sessionOf(readOptions(sharedOptions, connection), {...around, words: [], typed: connection});
	return (await namesOf(named, {...session, log: () => undefined}, limit)).map(name => [name]);
}

/** Which cluster the words before name; what is typed in part or wrong names none. */
function connectionTyped(words: readonly string[], commands: Commands): ReturnType<typeof parse>['typed'] {
	for (const known of [words, words.slice(0, -1)]) {
		try {
			return parse(known, commands).typed;
		} catch {
			continue;
		}
	}

	return {};
}
