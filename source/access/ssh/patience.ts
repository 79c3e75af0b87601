/** A time limit that stands still while a person is being asked something. */
export type Patience = {
	/** Waits for the answer with the clock stopped. */
	whileAsking<T>(question: Promise<T>): Promise<T>;
	stop(): void;
};

export function startPatience(milliseconds: number, onEnd: () => void): Patience {
	let left = milliseconds;
	let asking = 0;
	let since = performance.now();
	let timer: NodeJS.Timeout | undefined = setTimeout(onEnd, left);

	const stop = (): void => {
		clearTimeout(timer);
		timer = undefined;
	};

	return {
		async whileAsking(question) {
			if (asking === 0 && timer) {
				left -= performance.now() - since;
				clearTimeout(timer);
			}

			asking += 1;
			try {
				return await question;
			} finally {
				asking -= 1;
				if (asking === 0 && timer) {
					since = performance.now();
					timer = setTimeout(onEnd, Math.max(left, 0));
				}
			}
		},
		stop,
	};
}
