import {printableLine} from '../foreign-text.ts';
import {hanging} from '../output/hanging.ts';
import type {RunEvent} from '../repair/run/run-environment.ts';

/** Writes what a run does, one line for each thing that has happened; waits overwrite one line of a terminal. */
export function runLines(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): {show: (event: RunEvent) => void; end: () => void} {
	const canOverwrite = stream.isTTY && environment['TERM'] !== 'dumb';
	let open = false;
	const clear = (): void => {
		if (open) stream.write('\r\u001B[K');
		open = false;
	};

	return {
		show(event) {
			if (event.type === 'progress') {
				if (!canOverwrite && event.id !== '') return;
				clear();
				stream.write(
					canOverwrite && event.id !== ''
						? `  ${printableLine(event.text)}`.slice(0, Math.max(1, stream.columns - 1))
						: `  ${printableLine(event.text)}\n`,
				);
				open = canOverwrite && event.id !== '';
				return;
			}

			if (event.state === 'started' || event.state === 'undoing') {
				if (!canOverwrite) return;
				clear();
				stream.write(`  … ${printableLine(event.step.title)}`.slice(0, Math.max(1, stream.columns - 1)));
				open = true;
				return;
			}

			clear();
			const word = event.isCutOff === true ? 'stopped' : event.state === 'left' ? 'kept' : event.state;
			const says = event.says === '' ? '' : `: ${printableLine(event.says, 4096)}`;
			const width = stream.isTTY ? stream.columns : undefined;
			stream.write(hanging(`  ${word.padEnd(11)} `, `${printableLine(event.step.title)} (${event.seconds} s)${says}`, width));
		},
		end: clear,
	};
}
