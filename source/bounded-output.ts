/** The first bytes of a stream up to a limit; what comes after is dropped, and whoever writes goes on undisturbed. */
export type BoundedOutput = {
	add(chunk: Uint8Array): void;
	bytes(): Buffer;
	/** Whether there was more. */
	isCut(): boolean;
};

/** Collects output up to a number of bytes and remembers whether there was more. */
export function boundedOutput(maximumBytes: number): BoundedOutput {
	const chunks: Uint8Array[] = [];
	let room = maximumBytes;
	let cut = false;
	return {
		add(chunk) {
			if (chunk.length > room) cut = true;
			if (room > 0) chunks.push(chunk.subarray(0, room));
			room = Math.max(0, room - chunk.length);
		},
		bytes: () => Buffer.concat(chunks),
		isCut: () => cut,
	};
}
