const waiting: (() => void)[] = [];

/**
 * Waits for a turn of the event loop of its own. Of those that wait one is let on in each turn, so that what comes from outside in between, a key
 * above all, waits for one piece of work and not for those of all answers that have arrived.
 */
export async function ownTurn(): Promise<void> {
	return new Promise(resolve => {
		waiting.push(resolve);
		if (waiting.length === 1) setImmediate(letOneOn);
	});
}

function letOneOn(): void {
	waiting.shift()?.();
	if (waiting.length > 0) setImmediate(letOneOn);
}
