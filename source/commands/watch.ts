import type {CommandContext} from '../command-line/command.ts';
import type {Diagnosis} from '../diagnosis/diagnosis.ts';
import {messageOf} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import {diagnosisChanges} from '../output/diagnosis-changes.ts';
import {openConnection} from '../session/connection.ts';
import {followCluster, type FollowState} from '../session/follow-cluster.ts';
import {look, type Look} from '../session/look.ts';
import type {Session} from '../session/session.ts';
import {withWays} from '../session/ways.ts';
import {tellNotice} from '../terminal/tell.ts';

/** How what is watched is printed. */
export type Watching = {
	/** Prints the first diagnosis, and each one that differs. */
	readonly print: (seen: Look) => void;
	/** Prints a line for each change instead, from the second on. */
	readonly isByLine: boolean;
};

/**
 * Prints what was seen, then what changes, until the session's signal ends it.
 * @throws ActionableError where the first look fails; the signal's reason at the end
 */
export async function watchDiagnosis(session: Session, context: CommandContext, {print, isByLine}: Watching): Promise<never> {
	const onNotice = (says: string): void => tellNotice(context, says);
	return withWays(session, async ways => {
		let seen = await look(session, {ways, onNotice});
		print(seen);
		await followCluster({
			latest: async () => seen,
			async lookQuietly() {
				const next = await look(session, {ways, onNotice, before: seen.evidence}).catch((error: unknown) => {
					if (!session.signal.aborted) onNotice(`could not look again: ${messageOf(error)}`);
				});
				if (next === undefined) return;
				const changes = diagnosisChanges(seen.diagnosis, next.diagnosis);
				seen = next;
				if (changes.length === 0) return;
				const time = timeOf(next.diagnosis);
				if (isByLine) for (const [what, now] of changes) context.stdout.write(`${time}  ${printableLine(what)}  ${printableLine(now)}\n`);
				else print(next);
			},
			connect: async () => openConnection(session),
			seen: () => seen.evidence,
			isBusy: () => false,
			onState: state => onNotice(wordsOf(state)),
			signal: session.signal,
		});
		session.signal.throwIfAborted();
		throw new Error('watching has ended though nobody asked for it');
	});
}

/** `02:00:05`, in UTC as every time that is printed. */
const timeOf = ({generatedAt}: Diagnosis): string => generatedAt.slice(11, 19);

function wordsOf(state: FollowState): string {
	if (state.is === 'live') return 'watching for changes; Ctrl-C ends it';
	if (state.is === 'lost') return `watching was cut off and is tried again: ${state.reason}`;
	if (state.is === 'failed') return `not watching: ${state.reason}`;
	return `missing permission: watch ${state.kinds.join(', ')}; looking every 30 s instead`;
}
