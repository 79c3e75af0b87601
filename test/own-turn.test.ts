import {expect, test} from 'vitest';
import {ownTurn} from '../source/own-turn.ts';

test('of those that wait one is let on in each turn, in their order, and what comes from outside is heard in between', async () => {
	const order: string[] = [];
	const others: Array<Promise<unknown>> = [];
	const one = async (name: string): Promise<void> => {
		await ownTurn();
		order.push(name);
		// As a key that arrives meanwhile: it is due in the next turn.
		others.push(new Promise<void>(resolve => setImmediate(() => resolve(void order.push(`key after ${name}`)))));
	};
	await Promise.all([one('a'), one('b'), one('c')]);
	await Promise.all(others);
	expect(order).toEqual(['a', 'b', 'key after a', 'c', 'key after b', 'key after c']);
});

test('who comes later waits as the others do', async () => {
	const seen: number[] = [];
	await ownTurn();
	await Promise.all([1, 2].map(async number => ownTurn().then(() => seen.push(number))));
	expect(seen).toEqual([1, 2]);
});
