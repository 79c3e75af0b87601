import {hostileText} from '../support/hostile-text.ts';

/** A repeatable source of numbers: mulberry32, 32 bits of state. */
export function dice(seed: number): (below: number) => number {
	let state = seed >>> 0;
	return below => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
	};
}

/** Pieces that parsers stumble over. */
const words = [
	hostileText,
	'__proto__',
	'constructor',
	'{"__proto__":{"polluted":1}}',
	'\u0000',
	'\n',
	'\r\n',
	'"',
	'\\',
	"'",
	'{',
	'}',
	'[',
	']',
	'&a *a',
	'-1',
	'9'.repeat(400),
	'1e999',
	'null',
	'-A CNI-DN-1 -j DNAT --to-destination ',
	'[fd00::1]:80',
	' '.repeat(2000),
	'a'.repeat(5000),
	'('.repeat(300),
	'\uD800',
] as const;

/** One to eight changes of a text: cut, doubled, swapped, bits flipped, spliced with another one, with words put in. Never longer than `limit`. */
export function mutated(seeds: readonly string[], roll: (below: number) => number, limit = 256 * 1024): string {
	const pick = (): string => seeds[roll(seeds.length)] ?? '';
	let text = pick();
	for (let times = 1 + roll(8); times > 0; times -= 1) {
		const from = roll(text.length + 1);
		const to = Math.min(text.length, from + roll(roll(8) === 0 ? text.length + 1 : 40));
		const [before, middle, after] = [text.slice(0, from), text.slice(from, to), text.slice(to)];
		switch (roll(6)) {
			case 0: {
				text = before + after;
				break;
			}

			case 1: {
				text = before + middle.repeat(1 + roll(20)) + after;
				break;
			}

			case 2: {
				text = before + (words[roll(words.length)] ?? '') + after;
				break;
			}

			case 3: {
				text = before + String.fromCodePoint(roll(0x11_0000)) + after;
				break;
			}

			case 4: {
				const other = pick();
				text = before + other.slice(roll(other.length + 1));
				break;
			}

			default: {
				text = before + Array.from(middle, letter => String.fromCodePoint((letter.codePointAt(0) ?? 0) ^ (1 << roll(7)))).join('') + after;
			}
		}
	}

	return text.slice(0, limit);
}
