/** Keeps the first bytes of a stream up to a limit and notes whether there were more. */
export type OutputBuffer = {
	add(chunk: Uint8Array): void;
	bytes(): Uint8Array;
	isCut(): boolean;
};

export function outputBuffer(maximumBytes: number): OutputBuffer {
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
