import type {CommandContext} from '../command-line/command.ts';
import {completionLines, completionOf, type Candidate, type Completion} from '../command-line/completion.ts';
import {readOptions} from '../command-line/option.ts';
import {parse, type Commands} from '../command-line/parse.ts';
import {sharedOptions} from '../command-line/shared-options.ts';

/** Somebody waits at a prompt: so long may a cluster take. */
const usualLimit = 2000;

type Around = Omit<CommandContext, 'words' | 'typed'>;

/**
 * What completes the words typed, as kubectl asks `kubectl_complete-hostport` for it. Nothing that goes wrong is told: it would be written into
 * the line that somebody types.
 */
export async function complete(words: readonly string[], commands: Commands, around: Around, limit = usualLimit): Promise<string> {
	const {typed, candidates} = completionOf(words, commands);
	if (typeof candidates !== 'string' || candidates === 'file') return completionLines(typed, candidates);
	const names = await namesFor(candidates, words, commands, {...around, limit});
	// A shell takes only what begins with the very letters; a code may be typed in small ones.
	const isSmall = candidates === 'code' && typed !== '' && typed === typed.toLowerCase();
	return completionLines(typed, isSmall ? names.map(([name, ...more]) => [name.toLowerCase(), ...more]) : names);
}

async function namesFor(
	named: Exclude<Completion['candidates'], readonly unknown[] | 'file'>,
	words: readonly string[],
	commands: Commands,
	{limit, ...around}: Around & {readonly limit: number},
): Promise<readonly Candidate[]> {
	const [{namesOf}, {sessionOf}] = await Promise.all([import('../session/names.ts'), import('./session-of.ts')]);
	const connection = connectionTyped(words.slice(0, -1), commands);
	// Standard input is for the command, once it is typed; here it is what somebody types.
	if (Object.values(connection).includes('-')) return [];
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
