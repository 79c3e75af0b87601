import {expect, test} from 'vitest';
import {screenAsker} from '../../source/live/screen-asker.ts';
import {createStore} from '../../source/tui/store.ts';

test('a question goes to the store, its answer back to whoever asked, and the clock stands still meanwhile', async () => {
	const store = createStore();
	const {asker, answer} = screenAsker(store);
	const signal = new AbortController().signal;
	const passphrase = asker.questions.askSecret('Passphrase: ', {echo: false, signal});
	const {question} = store.getSnapshot();
	expect(question).toMatchObject({text: 'Passphrase:', isSecret: true});
	expect(asker.isAsking()).toBe(true);
	answer(-1, 'for somebody else');
	answer(question?.id ?? 0, 'sesame');
	expect(await passphrase).toBe('sesame');
	expect(store.getSnapshot().question).toBeNull();
	expect(asker.isAsking()).toBe(false);
});

test('a host key is trusted by a yes and by nothing else', async () => {
	const store = createStore();
	const {asker, answer} = screenAsker(store);
	const asked = {host: '10.0.0.7', keyType: 'ED25519', fingerprint: 'SHA256:x', file: '/k'};
	for (const [text, trusted] of [
		['yes', true],
		['no', false],
		[null, false],
		['', false],
	] as const) {
		const verdict = asker.questions.askHostKey(asked, new AbortController().signal);
		expect(store.getSnapshot().question?.text).toMatch(/10\.0\.0\.7.*SHA256:x/u);
		answer(store.getSnapshot().question?.id ?? 0, text);
		expect(await verdict).toBe(trusted);
	}
});

test('a question that nobody waits for any more is taken off the screen', async () => {
	const store = createStore();
	const {asker} = screenAsker(store);
	const controller = new AbortController();
	const asking = asker.questions.askSecret('Passphrase: ', {echo: false, signal: controller.signal});
	controller.abort(new Error('quit'));
	await expect(asking).rejects.toThrow('quit');
	expect(store.getSnapshot().question).toBeNull();
	expect(asker.isAsking()).toBe(false);
});
