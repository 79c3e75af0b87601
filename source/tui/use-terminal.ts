import {once} from 'node:events';
import {useApp, useStdin, useStdout} from 'ink';
import {useEffect, useEffectEvent, useLayoutEffect, useRef} from 'react';
import {pointingsOf, type Pointing} from './keys.ts';

// Presses and the wheel, with coordinates beyond column 223 (xterm, ctlseqs, “Mouse Tracking”).
const mouseOn = '\u001B[?1000h\u001B[?1006h';
const mouseOff = '\u001B[?1006l\u001B[?1000l';

/**
 * Asks the terminal for the mouse as long as the screens are shown. Ink hands over no sequence that is no key, so they are seen beside it: while
 * it reads, the stream tells of each piece.
 */
export function useMouse(isOn: boolean, onPointing: (pointing: Pointing) => void): void {
	const {stdout} = useStdout();
	const {stdin} = useStdin();
	const onData = useEffectEvent((piece: string | Buffer) => {
		for (const pointing of pointingsOf(piece.toString())) onPointing(pointing);
	});
	useEffect(() => {
		if (!isOn) return undefined;
		const listen = (piece: string | Buffer): void => onData(piece);
		stdin.on('data', listen);
		return () => void stdin.off('data', listen);
	}, [isOn, stdin]);
	useLayoutEffect(() => {
		if (!isOn) return undefined;
		stdout.write(mouseOn);
		return () => void stdout.write(mouseOff);
	}, [isOn, stdout]);
}

/** Gives the terminal to the shell and stops, as Ctrl-Z does everywhere else; `fg` draws the screens anew. Nothing is asked of the cluster meanwhile. */
export function useSuspend(hasMouse: boolean, onSuspended?: (isSuspended: boolean) => Promise<void>): () => Promise<void> {
	const {suspendTerminal} = useApp();
	const {stdout} = useStdout();
	const isSuspended = useRef(false);
	return async () => {
		// Windows has no jobs.
		if (isSuspended.current || process.platform === 'win32') return;
		isSuspended.current = true;
		await onSuspended?.(true);
		await suspendTerminal(async () => {
			if (hasMouse) stdout.write(mouseOff);
			const back = once(process, 'SIGCONT');
			// The whole job, as the terminal itself does it: whoever started this program waits with it.
			process.kill(0, 'SIGTSTP');
			await back;
			if (hasMouse) stdout.write(mouseOn);
		});
		isSuspended.current = false;
		await onSuspended?.(false);
	};
}
