import {setTimeout as wait} from 'node:timers/promises';
import type {ProbeAnswer} from '../connect/connection.ts';
import type {Evidence} from '../evidence/evidence.ts';
import type {Question} from './probes.ts';

/** Nodes whose agent has just started, and until when (milliseconds of this machine's clock) what fails there is no verdict. */
export type Unsettled = ReadonlyMap<string, number>;

/**
 * For about ten seconds after an agent is ready a path may still be refused (Cilium 1.15.19, from pods of another node): three times
 * as much is waited for.
 */
const settleMilliseconds = 30_000;
const pauseMilliseconds = 3000;

/**
 * Nodes whose agent started less than half a minute ago; clocks that differ by more than that know of none.
 * @param limit when whoever asks has no more time, in milliseconds of this machine's clock
 */
export function unsettledNodes({nodes}: Pick<Evidence, 'nodes'>, now: number = Date.now(), limit = Infinity): Unsettled {
	return new Map(
		nodes.flatMap(({name, agent}) => {
			const until = Date.parse(agent?.startedAt ?? '') + settleMilliseconds;
			const isKnown = until > now && until <= now + 2 * settleMilliseconds && limit > now;
			return isKnown ? [[name, Math.min(until, limit)] as const] : [];
		}),
	);
}

/** How connections are tried again. */
export type SettleOptions = {
	readonly unsettled: Unsettled;
	readonly signal: AbortSignal;
	/** Asks once more; answers go where the first ones went. */
	readonly ask: (questions: readonly Question[]) => Promise<void>;
	/** The newest answer to a question. */
	readonly answerTo: (question: Question) => ProbeAnswer | undefined;
	/** Told before each further try: how many connections are asked again. */
	readonly onSettle?: (connections: number) => void;
	readonly pause?: number;
};

/**
 * Asks again what failed from or on a node whose agent has just started, until it answers or the node has had its time.
 * @throws the signal's reason
 */
export async function askUntilSettled(
	questions: readonly Question[],
	{unsettled, signal, ask, answerTo, onSettle, pause = pauseMilliseconds}: SettleOptions,
): Promise<void> {
	// An application that refuses at its own address is no matter of the agent.
	const dead = new Set(questions.filter(each => each.from === 'own-address' && answerTo(each)?.ok === false).map(familyOf));
	const untilOf = ({node, via}: Question): number => Math.max(unsettled.get(node) ?? 0, unsettled.get(via) ?? 0);
	for (;;) {
		const again = questions.filter(
			question =>
				question.expected !== 'no answer' &&
				question.from !== 'own-address' &&
				!dead.has(familyOf(question)) &&
				answerTo(question)?.ok === false &&
				untilOf(question) > Date.now(),
		);
		if (again.length === 0) return;
		onSettle?.(again.length);
		const left = Math.max(...again.map(untilOf)) - Date.now();
		await wait(Math.max(0, Math.min(pause, left)), undefined, {signal});
		await ask(again);
	}
}

const familyOf = ({hostPort, probe}: Question): string => `${hostPort} ${probe.address.includes(':')}`;
