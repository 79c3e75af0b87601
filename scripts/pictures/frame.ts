// What stands in a terminal at one moment, and the same without what differs from one run to the next.

/** Text in one style. */
export type Run = {
	readonly text: string;
	/** Words such as `bold`, `dim`, `inverse`, and a colour. */
	readonly style: string;
};

/** Lines of a terminal, each as wide as it. */
export type Frame = ReadonlyArray<readonly Run[]>;

/** Everything in it, without styles. */
export const textOf = (frame: Frame): string =>
	frame
		.map(line =>
			line
				.map(({text}) => text)
				.join('')
				.trimEnd(),
		)
		.join('\n');

const suffixes = ['x2x4k', 'b7qld', 'm9rwt', 'h5czp', 'v8nfj', 'k4sgd', 'w6tlq', 'd3vhm'];

/**
 * The frame with other words of the same width for what chance decides: ports, times, names of runs and of pods that were made in the run, the
 * nodes that these came to, and a folder of this machine.
 */
export function canonical(frame: Frame): Frame {
	const names = new Map<string, string>();
	const nameOf = (suffix: string): string => {
		const name = names.get(suffix) ?? suffixes[names.size % suffixes.length] ?? suffix;
		names.set(suffix, name);
		return name;
	};
	const lines = frame.map(line =>
		line.map(({text, style}) => ({
			style,
			text: text
				.replaceAll(/(?<=127\.0\.0\.1:)\d{5}/gu, '16443')
				.replaceAll(/\b\d\d:\d\d:\d\d\b/gu, '02:04:31')
				.replaceAll(/\b\d{8}-\d{6}-[0-9a-f]{4}\b/gu, '20260105-020422-5f91')
				.replaceAll(/(?<=\/tmp\/hostport-demo-)\d+-\w+/gu, found => 'x'.repeat(found.length))
				.replaceAll(/(?<=· )(?:\d+ min )?\d+(?:\.\d)? s(?=\s*$)/gu, '7.3 s')
				.replaceAll(/(?<=(?:web-539a21402a|otel-collector)-)[a-z0-9]{5}\b/gu, nameOf),
		})),
	);
	return lines.map(withNodeOfPod);
}

/** Which node a pod came to is the scheduler's choice: here its name tells. */
function withNodeOfPod(line: readonly Run[]): readonly Run[] {
	const text = line.map(run => run.text).join('');
	const pod = suffixes.findIndex(suffix => text.includes(`-${suffix} `));
	if (pod === -1 || !text.includes('answers')) return line;
	return line.map(run => ({...run, text: run.text.replaceAll(/nks-pool-a-000\d/gu, `nks-pool-a-000${1 + (pod % 3)}`)}));
}
