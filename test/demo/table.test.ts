// What `kubectl get` prints on the demo: the server gives the columns, as a real one does.
import {afterAll, beforeAll, expect, it} from 'vitest';
import {openDemo, type Demo} from './demo-client.ts';

type Table = {
	readonly kind: string;
	readonly columnDefinitions: ReadonlyArray<{readonly name: string; readonly priority: number}>;
	readonly rows: ReadonlyArray<{readonly cells: readonly unknown[]; readonly object: {readonly metadata: {readonly namespace?: string}}}>;
};

let demo: Demo;
beforeAll(async () => {
	demo = await openDemo({scene: 'nks'});
});
afterAll(async () => demo.stop());

const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
async function table(path: string): Promise<Table> {
	const {text} = await demo.send('GET', path, undefined, undefined, {accept});
	return JSON.parse(text) as Table;
}

it.each([
	['/api/v1/nodes', ['Name', 'Status', 'Roles', 'Age', 'Version']],
	['/api/v1/pods', ['Name', 'Ready', 'Status', 'Restarts', 'Age']],
	['/apis/apps/v1/daemonsets', ['Name', 'Desired', 'Current', 'Ready', 'Up-to-date', 'Available', 'Node Selector', 'Age']],
	['/apis/apps/v1/deployments', ['Name', 'Ready', 'Up-to-date', 'Available', 'Age']],
	['/api/v1/configmaps', ['Name', 'Data', 'Age']],
	['/api/v1/secrets', ['Name', 'Age']],
])('%s has the columns of kubectl', async (path, names) => {
	const {kind, columnDefinitions, rows} = await table(path);
	expect(kind).toBe('Table');
	expect(columnDefinitions.filter(({priority}) => priority === 0).map(({name}) => name)).toEqual(names);
	for (const {cells} of rows) expect(cells).toHaveLength(columnDefinitions.length);
});

it('one object comes as a table of one row, with its namespace', async () => {
	const {rows} = await table('/apis/apps/v1/namespaces/kube-system/daemonsets/cilium');
	const age: unknown = expect.stringMatching(/^\d+d$/u);
	expect(rows).toMatchObject([
		{cells: ['cilium', 3, 3, 3, 3, 3, 'kubernetes.io/os=linux', age], object: {metadata: {namespace: 'kube-system'}}},
	]);
});

it('whoever does not ask for a table gets objects', async () => {
	expect((await demo.get('/api/v1/nodes')).body.kind).toBe('NodeList');
});
