import type {Clock} from '../../../source/clock.ts';
import type {World} from './world.ts';

/**
 * Time of a simulated cluster: it jumps to the next sleeper when a turn of the loop has passed in which nobody asked for
 * anything (`noteRequest`). Nobody wakes the dead.
 */
export function simulatedTime(world: World): {clockFor: (isDead: () => boolean) => Clock; noteRequest: () => void} {
	const sleepers: Array<{readonly at: number; readonly wake: () => void}> = [];
	let asked = 0;
	let askedBefore = -1;
	let isTurning = false;

	function turn(): void {
		isTurning = sleepers.length > 0;
		if (!isTurning) return;
		if (asked === askedBefore) {
			sleepers.sort((a, b) => a.at - b.at);
			const sleeper = sleepers.shift();
			world.time = Math.max(world.time, sleeper?.at ?? world.time);
			world.tick();
			sleeper?.wake();
		}

		askedBefore = asked;
		setImmediate(turn);
	}

	return {
		noteRequest() {
			asked += 1;
		},
		clockFor: isDead => ({
			now: () => world.time,
			async sleep(milliseconds, signal) {
				signal.throwIfAborted();
				await new Promise<void>((resolve, reject) => {
					const sleeper = {at: world.time + milliseconds, wake: () => (isDead() ? undefined : resolve())};
					if (!isDead()) sleepers.push(sleeper);
					const leave = (): void => {
						if (sleepers.includes(sleeper)) sleepers.splice(sleepers.indexOf(sleeper), 1);
						reject(signal.reason as Error);
					};
					signal.addEventListener('abort', leave, {once: true});
					if (isTurning) return;
					isTurning = true;
					setImmediate(turn);
				});
			},
		}),
	};
}
