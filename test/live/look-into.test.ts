import {expect, test} from 'vitest';
import {withDemoCluster} from '../../source/demo/demo-cluster.ts';
import {lookInto} from '../../source/live/look-into.ts';
import {withAccesses} from '../../source/session/node-accesses.ts';
import {createStore, type Store, type Update} from '../../source/tui/store.ts';
import {quietSession} from '../support/session.ts';

test('the names of the nodes are shown before all else is read, the rest of the API server’s part before any node is asked, and nothing is told of them yet', async () => {
	const updates: Update[] = [];
	const store = createStore('demo');
	const told: Store = {
		...store,
		update(update) {
			updates.push(update);
			store.update(update);
		},
	};
	await withDemoCluster({scene: 'nks', signal: new AbortController().signal}, async ({kubeconfig, connectFromHere}) => {
		const session = quietSession(kubeconfig, {demoNetwork: connectFromHere});
		await withAccesses(session, async accesses => lookInto(told, session, accesses));
	});
	const named = updates.findIndex(({names}) => names?.length === 3);
	const read = updates.findIndex(({evidence}) => evidence?.nodes.length === 3);
	const asked = updates.findIndex(({phase}) => phase?.text.startsWith('asking') === true);
	expect(named).toBeGreaterThan(-1);
	expect(named).toBeLessThan(read);
	expect(read).toBeLessThan(asked);
	expect(updates[read]).not.toHaveProperty('diagnosis');
	expect(store.getSnapshot().diagnosis?.findings[0]?.code).toBe('HP01');
});
