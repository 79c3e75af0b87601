/** How an API server takes what it is asked: numbers that only grow, and who waits for it now. */
export type Pressure = {
	/** Requests that it has turned away for being too many (429). */
	readonly turnedAway: number;
	/** Requests that failed for reasons of server or network: 5xx, connections that broke or did not come about. */
	readonly failed: number;
	/** Requests that wait as long as the server asked them to. */
	readonly heldBack: number;
	/** Calls the listener whenever one is turned away or held back; gives the function that ends it. */
	subscribe(listener: () => void): () => void;
};

/** The side that writes it. */
export type PressureGauge = Pressure & {
	turnAway(): void;
	fail(): void;
	/** Gives the function that says that the wait is over. */
	hold(): () => void;
};

/** Starts at nothing turned away, failed or held back. */
export function pressureGauge(): PressureGauge {
	const listeners = new Set<() => void>();
	const counts = {turnedAway: 0, failed: 0, heldBack: 0};
	const tell = (): void => {
		for (const listener of listeners) listener();
	};

	return {
		get turnedAway() {
			return counts.turnedAway;
		},
		get failed() {
			return counts.failed;
		},
		get heldBack() {
			return counts.heldBack;
		},
		subscribe(listener) {
			listeners.add(listener);
			return () => void listeners.delete(listener);
		},
		turnAway() {
			counts.turnedAway += 1;
			tell();
		},
		fail() {
			counts.failed += 1;
		},
		hold() {
			counts.heldBack += 1;
			tell();
			return () => {
				counts.heldBack -= 1;
			};
		},
	};
}
