import type {CollectProgress} from '../evidence/collect.ts';

/** Shows on one line of a terminal what is waited for and how far it is; silent where stderr is none. */
export function startProgressLine(
	stream: NodeJS.WriteStream,
	environment: NodeJS.ProcessEnv,
): {show: (progress: CollectProgress) => void; end: () => void} {
	if (!stream.isTTY || environment['TERM'] === 'dumb') return {show() {}, end() {}};
	const started = Date.now();
	let text = 'connecting';
	let isHeld = false;
	const draw = (): void => {
		if (isHeld) return;
		const seconds = Math.round((Date.now() - started) / 1000);
		stream.write(`\r\u001B[K${`${text} · ${seconds} s`.slice(0, Math.max(1, stream.columns - 1))}`);
	};

	draw();
	const timer = setInterval(draw, 250);
	timer.unref();
	return {
		show(progress) {
			if (progress.type === 'phase') text = progress.text;
			else if (progress.type === 'question') isHeld = progress.open;
			else if (progress.type === 'node') text = `asked ${progress.done} of ${progress.total} nodes`;
		},
		end() {
			clearInterval(timer);
			stream.write('\r\u001B[K');
		},
	};
}
