import {beforeAll, describe, expect, test} from 'vitest';
import {kubectl, until} from './support/kubectl.ts';
import {check, hostport} from './support/product.ts';
import {portmap, startOver, stateOfNodes, ways} from './support/real-cluster.ts';
import {nothingStaysBehind} from './support/suite.ts';

nothingStaysBehind();
beforeAll(async () => startOver(ways.none));

describe.each(['baseline', 'restricted'] as const)('Pod Security %s on the namespace of our pods', level => {
	const name = `e2e-${level}`;
	beforeAll(async () => {
		const manifest = {apiVersion: 'v1', kind: 'Namespace', metadata: {name, labels: {'pod-security.kubernetes.io/enforce': level}}};
		await kubectl(['apply', '--filename', '-'], JSON.stringify(manifest));
		await until('its service account', 30, async () =>
			(await kubectl(['--namespace', name, 'get', 'serviceaccounts', '--output=name'])).includes('default') ? true : undefined,
		);
		return async () => kubectl(['delete', 'namespace', name, '--timeout=60s']);
	});

	test('check says which rule refuses them and what works, and finds by the agent what the agent can see', async () => {
		const {result, codes, exitCode, stdout, stderr} = await check(['--helper-namespace', name]);
		expect(codes[0]).toBe('HP01');
		expect([1, 3], stderr).toContain(exitCode);
		expect(stdout + stderr).toMatch(/Pod ?Security/u);
		expect(stdout + stderr).toContain(level);
		expect(stdout + stderr).toMatch(/--via ssh|--helper-namespace/u);
		expect(result.nodes.every(({via}) => via === 'agent')).toBe(true);
	});

	test('fix refuses before anything is written, and says what works instead', async () => {
		const before = await stateOfNodes();
		const {exitCode, stdout, stderr} = await hostport([
			'fix',
			'--yes',
			'--strategy',
			'portmap',
			'--portmap',
			portmap,
			'--helper-namespace',
			name,
		]);
		expect(exitCode, stdout + stderr).not.toBe(0);
		expect(stderr).toMatch(/Pod ?Security|violates/u);
		expect(stderr).toMatch(/--via ssh|--helper-namespace|pod-security\.kubernetes\.io/u);
		expect(await stateOfNodes()).toEqual(before);
	});
});
