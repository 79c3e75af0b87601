/** Collects output up to a limit; what comes after it is dropped, and the program at the other end goes on undisturbed. */
export type BoundedOutput = {
	add(chunk: Buffer): void;
	readonly truncated: boolean;
	text(): string;
};

export function createBoundedOutput(maximumBytes: number): BoundedOutput {
	const chunks: Buffer[] = [];
	let size = 0;
	let truncated = false;
	return {
		add(chunk) {
			const room = maximumBytes - size;
			if (chunk.length > room) truncated = true;
			const kept = chunk.length > room ? chunk.subarray(0, Math.max(room, 0)) : chunk;
			if (kept.length > 0) chunks.push(kept);
			size += kept.length;
		},
		get truncated() {
			return truncated;
		},
		text: () => Buffer.concat(chunks).toString('utf8'),
	};
}
