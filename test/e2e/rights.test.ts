import path from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {resetCluster} from './support/cilium.ts';
import {kubectl, rollOut} from './support/kubectl.ts';
import {fetchFrom, nodes} from './support/nodes.ts';
import {run} from './support/processes.ts';
import {check, hostport} from './support/product.ts';
import {needsOwnCluster, nothingStaysBehind} from './support/suite.ts';
import {clusterScripts, isOwnCluster, root} from './support/tested-cluster.ts';

const modes = ['list', 'diagnose', 'fix'] as const;
const web = path.join(root, 'test/e2e/workloads/web.yaml');
const why = 'it makes users';

nothingStaysBehind();

describe('a user who has exactly the rights that manifest rbac prints', () => {
	const kubeconfigs = new Map<(typeof modes)[number], string>();
	const as = async (mode: (typeof modes)[number], ...words: readonly string[]) =>
		hostport(words, {kubeconfig: kubeconfigs.get(mode) ?? '', timeoutSeconds: 300});

	beforeAll(async () => {
		if (!isOwnCluster) return;
		await resetCluster('1.17.4');
		await rollOut(web, 'deployment/web');
		for (const mode of modes) {
			const name = `hostport-${mode}`;
			kubeconfigs.set(mode, (await run(path.join(clusterScripts, 'user'), [name], {timeoutSeconds: 30})).trim());
			await kubectl(['apply', '--filename', '-'], (await hostport(['manifest', 'rbac', '--mode', mode])).stdout);
			const roles = ['clusterrole', 'role'].map(kind => [`${kind}binding`, `--${kind}=kubectl-${name}`] as const);
			for (const [binding, role] of roles) {
				const made = await kubectl([
					'--namespace=kube-system',
					'create',
					binding,
					`kubectl-${name}`,
					role,
					`--user=${name}`,
					'--dry-run=client',
					'--output=yaml',
				]);
				await kubectl(['apply', '--filename', '-'], made);
			}
		}
	});
	afterAll(async () => {
		if (!isOwnCluster) return;
		const names = modes.map(mode => `kubectl-hostport-${mode}`);
		await kubectl(['delete', 'clusterrole,clusterrolebinding', ...names, '--ignore-not-found']);
		await kubectl(['--namespace=kube-system', 'delete', 'role,rolebinding', ...names, '--ignore-not-found']);
	});

	test('list: sees every hostPort, asks no node, changes nothing, and says what it lacks for more', async context => {
		needsOwnCluster(context, why);
		const {stdout, stderr, exitCode} = await as('list', 'check');
		expect(stdout.match(/hostport-e2e\/web-\S+:8080\/TCP/gu)?.length).toBeGreaterThan(1);
		expect(stdout).toContain('HP01 warning');
		expect(stdout).toContain('get pods/exec in namespace kube-system');
		expect(stderr).not.toContain('could not read');
		expect(exitCode).toBe(3);
	});

	test('diagnose: check, diff and verify have all they need, pods included', async context => {
		needsOwnCluster(context, why);
		const {result, exitCode, stderr} = await check([], {kubeconfig: kubeconfigs.get('diagnose') ?? ''});
		expect(result.findings[0]).toMatchObject({code: 'HP01', severity: 'error'});
		expect([exitCode, stderr]).toEqual([1, '']);
		expect((await as('diagnose', 'diff')).stdout).toContain('+    {\n');
		const verified = await as('diagnose', 'verify', '--with-pods');
		expect(verified.stdout).toContain('0 of 10 connections work, 10 fail');
		expect(verified.stderr).not.toContain('could not read');
	});

	test('diagnose: may not repair, and nothing is changed', async context => {
		needsOwnCluster(context, why);
		const {stderr, exitCode} = await as('diagnose', 'fix', '--portmap', '/usr/lib/cni/portmap', '--yes');
		expect(stderr).toMatch(/missing permission: list configmaps in namespace kube-system/u);
		expect([0, null]).not.toContain(exitCode);
		expect((await check()).codes[0]).toBe('HP01');
	});

	test('fix: repairs, guards new nodes, proves it, undoes it and cleans up', async context => {
		needsOwnCluster(context, why);
		const fixed = await as('fix', 'fix', '--portmap', '/usr/lib/cni/portmap', '--daemonset', '--yes');
		expect(fixed.stderr).toContain('connections work');
		expect(fixed.exitCode).toBe(0);
		for (const {address} of nodes) expect(await fetchFrom('outside', address, 8080)).toBe('web');
		expect((await as('fix', 'verify', '--with-pods')).exitCode).toBe(0);
		expect(await as('diagnose', 'check')).toMatchObject({exitCode: 0});

		const undone = await as('fix', 'rollback', '--yes');
		expect(undone.exitCode).toBe(0);
		for (const {address} of nodes) expect(await fetchFrom('outside', address, 8080)).toBe('refused');
		expect(await as('fix', 'cleanup', '--yes')).toMatchObject({exitCode: 0});
	});
});
