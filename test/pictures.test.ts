// The README's pictures show what the program shows: they are drawn here too, and compared.
import {readFileSync} from 'node:fs';
import xterm from '@xterm/headless';
import {describe, expect, it} from 'vitest';
import {castOf} from '../scripts/pictures/cast.ts';
import {pictureFile, svgOfPicture} from '../scripts/pictures/files.ts';
import {canonical, textOf, type Frame} from '../scripts/pictures/frame.ts';
import {record} from '../scripts/pictures/record.ts';

const stale = 'the pictures are stale: npm run pictures';

/** What the recording shows at its end. */
async function endOfCast(): Promise<string> {
	const [header = '', ...events] = readFileSync(pictureFile('repair.cast'), 'utf8').trim().split('\n');
	const {width, height} = JSON.parse(header) as {width: number; height: number};
	const terminal = new xterm.Terminal({cols: width, rows: height, allowProposedApi: true});
	for (const event of events) {
		const [, , output] = JSON.parse(event) as [number, string, string];
		await new Promise<void>(resolve => {
			terminal.write(output, resolve);
		});
	}

	const line = (row: number): string => terminal.buffer.active.getLine(row)?.translateToString(true) ?? '';
	return Array.from({length: height}, (_, row) => line(row).trimEnd()).join('\n');
}

// A repair needs a program that runs both here and on the nodes of the demo.
describe.runIf(process.platform === 'linux' && process.arch === 'x64')('the pictures of the README', () => {
	it('are what the program shows', async () => {
		const {pictures} = await record(false);
		for (const name of ['answer', 'repaired'] as const) {
			expect(svgOfPicture(name, pictures[name]), stale).toBe(readFileSync(pictureFile(`${name}.svg`), 'utf8'));
		}

		expect(await endOfCast(), stale).toBe(textOf(pictures.repaired));
	});
});

describe('what chance decides', () => {
	const shown = (...lines: readonly string[]): Frame => lines.map(text => [{text, style: ''}]);

	it('is the same in every picture, and as wide as it was', () => {
		const one = shown('https://127.0.0.1:34567 as of 10:00:01', '✓ answers  :80  default/web-539a21402a-abcde  nks-pool-a-0003');
		const other = shown('https://127.0.0.1:45678 as of 23:59:59', '✓ answers  :80  default/web-539a21402a-zzzzz  nks-pool-a-0001');
		expect(textOf(canonical(one))).toBe(textOf(canonical(other)));
		expect(textOf(canonical(one)).length).toBe(textOf(one).length);
	});

	it('makes no line of the recording wider than the terminal', () => {
		const [, , events = ''] = castOf([{at: 0, frame: canonical(shown('✓ 8 of 8 answer · 9 s      '))}], {
			columns: 25,
			rows: 1,
			title: '',
		}).split('\n');
		const [, , output] = JSON.parse(events) as [number, string, string];
		expect(output).toBe('\u001B[1;1H✓ 8 of 8 answer · 7.3 s\u001B[0m\u001B[K');
	});

	it('hides nothing else', () => {
		const frame = shown('✗ refused  ✓ answers  :8080 → 80/TCP', '8 of 8 hostPorts answer; before none did');
		expect(canonical(frame)).toEqual(frame);
	});
});
