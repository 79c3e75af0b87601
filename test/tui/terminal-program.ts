// A program that does nothing but show the screens, for run-tui.test.ts: how it ends is told by its first word.
import {runTui} from '../../source/tui/run-tui.tsx';
import {createStore} from '../../source/tui/store.ts';
import {themeOf} from '../../source/tui/theme.ts';
import {storySnapshot} from './fixtures.ts';

const ends: Readonly<Record<string, () => void>> = {
	crash() {
		setTimeout(() => {
			throw new Error('a fault of ours');
		}, 300);
	},
	reject() {
		setTimeout(() => {
			void Promise.reject(new Error('a fault nobody waited for'));
		}, 300);
	},
	abort() {
		process.on('SIGTERM', () => stop.abort());
	},
};

const stop = new AbortController();
const store = createStore('nks-prod');
store.update(storySnapshot());
ends[process.argv[2] ?? '']?.();
const intents = {
	refresh() {},
	verify() {},
	quit() {},
	answer() {},
	save: async () => Promise.reject(new Error('the disk is full')),
};
await runTui(store, intents, {theme: themeOf(false), mouse: true, signal: stop.signal});
console.log('the command goes on');
