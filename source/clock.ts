import {setTimeout as wait} from 'node:timers/promises';

/** Time as the waits of a command see it: tests bring their own. */
export type Clock = {
	/** Milliseconds since the epoch. */
	now(): number;
	/** Rejects when the signal is aborted. */
	sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
};

/** The clock of this machine. */
export const realClock: Clock = {
	now: () => Date.now(),
	sleep: async (milliseconds, signal) => wait(milliseconds, undefined, {signal}),
};
