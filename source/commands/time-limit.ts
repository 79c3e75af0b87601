import {parseDuration} from '../cluster/duration.ts';
import {ActionableError} from '../errors.ts';
import type {CollectProgress} from '../evidence/collect.ts';
import type {CommandContext} from './command.ts';
import {numberFlag, textFlag} from './flag-values.ts';
import {look, type Look} from './look.ts';

/** For the API server alone: what nodes may take is added once it is known how many they are. */
const usualMilliseconds = 300_000;
const questionMilliseconds = 600_000;
const usualConcurrency = 16;
const usualNodeMilliseconds = 30_000;
/** Node's timers hold 31 bits. */
const longestTimer = 2 ** 31 - 1;

/** Follows a look: once it is known how many nodes there are, and while a person is asked, there is more time than was thought. */
export type FollowLook = (progress: CollectProgress) => void;

/**
 * Lets a command that only looks take so long and no longer: what `--timeout` says, else 5 minutes and what the nodes may take. When it is over, the
 * command's signal is aborted, so that everything is cleaned up as after Ctrl-C.
 * @throws UsageError for what is no duration
 */
export async function withTimeLimit<T>(
	context: CommandContext,
	act: (context: CommandContext, follow: FollowLook) => Promise<T>,
): Promise<T> {
	const wanted = textFlag(context.flags, 'timeout');
	const given = wanted === undefined ? undefined : parseDuration(wanted, '--timeout');
	const stop = new AbortController();
	let total = given ?? usualMilliseconds;
	const started = Date.now();
	let timer: NodeJS.Timeout | undefined;
	const arm = (): void => {
		clearTimeout(timer);
		const left = Math.max(0, started + total - Date.now());
		timer = setTimeout(() => stop.abort(lateAfter(total)), Math.min(left, longestTimer));
	};

	if (given !== 0) arm();
	try {
		return await act({...context, signal: AbortSignal.any([context.signal, stop.signal])}, progress => {
			if (given !== undefined) return;
			total += moreFor(progress, context);
			arm();
		});
	} finally {
		clearTimeout(timer);
	}
}

/** A look within the time limit, told to whoever shows how far it is. @throws as `look`, and ActionableError when the time is over */
export async function lookInTime(context: CommandContext, onProgress: (progress: CollectProgress) => void): Promise<Look> {
	return withTimeLimit(context, async (limited, follow) =>
		look(limited, {
			onProgress(progress) {
				follow(progress);
				onProgress(progress);
			},
		}),
	);
}

function moreFor(progress: CollectProgress, {flags}: CommandContext): number {
	if (progress.type === 'question') return progress.open ? questionMilliseconds : 0;
	if (progress.type !== 'cluster') return 0;
	const rounds = Math.ceil(progress.evidence.nodes.length / (numberFlag(flags, 'concurrency') ?? usualConcurrency));
	const nodeTimeout = textFlag(flags, 'node-timeout');
	return rounds * (nodeTimeout === undefined ? usualNodeMilliseconds : parseDuration(nodeTimeout, '--node-timeout'));
}

function lateAfter(milliseconds: number): ActionableError {
	return new ActionableError(
		`not done within ${Math.round(milliseconds / 1000)} s`,
		'Give more time with --timeout, or name some nodes; -v 6 shows each request',
	);
}
