import type {CommandContext} from '../command-line/command.ts';
import {printableLine} from '../foreign-text.ts';
import type {WatchState} from '../evidence/watch-cluster.ts';
import {diagnosisChanges} from '../output/diagnosis-changes.ts';
import type {Look} from '../session/look.ts';
import type {Session} from '../session/session.ts';
import {watch} from '../session/watch.ts';
import {tellNotice} from './tell.ts';

/** How what is watched is printed. */
export type Printing = {
	/** Prints the first diagnosis, and each one that differs. */
	readonly print: (seen: Look) => void;
	/** Prints a line for each change instead, from the second on. */
	readonly isByLine: boolean;
};

/** Prints what was seen, then what changes, until the session's signal ends it. @throws as `watch` */
export async function watchLines(session: Session, context: CommandContext, {print, isByLine}: Printing): Promise<never> {
	const onNotice = (says: string): void => tellNotice(context, says);
	return watch(session, {
		onNotice,
		onState: state => onNotice(wordsOf(state)),
		onLook(seen, before) {
			if (before === undefined) return print(seen);
			const changes = diagnosisChanges(before.diagnosis, seen.diagnosis);
			// `02:00:05`, in UTC as every time that is printed.
			const time = seen.diagnosis.generatedAt.slice(11, 19);
			if (isByLine) for (const [what, now] of changes) context.stdout.write(`${time}  ${printableLine(what)}  ${printableLine(now)}\n`);
			else if (changes.length > 0) print(seen);
		},
	});
}

function wordsOf(state: WatchState): string {
	if (state.is === 'live') return 'watching for changes; Ctrl-C ends it';
	if (state.is === 'lost') return `the watch was interrupted and is retried: ${state.reason}`;
	return `missing permission: watch ${state.kinds.join(', ')}; reading every 30 s instead`;
}
