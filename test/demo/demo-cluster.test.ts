import {existsSync, mkdtempSync, readdirSync, rmdirSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {expect, test, vi} from 'vitest';
import {demoScenes} from '../../source/demo/scene.ts';
import {startDemoCluster, type DemoScene} from '../../source/demo/demo-cluster.ts';
import {UsageError} from '../../source/errors.ts';
import {nameOf, openDemo, podsByNode} from './demo-client.ts';

test.each(demoScenes)('stopping %s leaves no file and no listener', async scene => {
	const demo = await openDemo({scene});
	const {kubeconfig, folder} = demo;
	expect(statSync(kubeconfig).mode & 0o777).toBe(0o600);
	expect(kubeconfig.startsWith(folder)).toBe(true);
	const [agent] = (await podsByNode(demo, 'k8s-app=cilium')).values();
	await demo.exec(nameOf(agent), {command: ['true']});
	await demo.stop();
	await demo.stop();
	expect(existsSync(folder)).toBe(false);
	await expect(fetch(demo.server)).rejects.toThrow('fetch failed');
});

test('stopping ends commands and watches that are under way', async () => {
	const demo = await openDemo({scene: 'nks'});
	const [agent] = (await podsByNode(demo, 'k8s-app=cilium')).values();
	const exec = demo.exec(nameOf(agent), {command: ['sleep', '300']}).catch((error: unknown) => error);
	const watch = demo.watch('/api/v1/nodes?watch=true', 1_000).catch((error: unknown) => error);
	await demo.get('/api/v1/nodes');
	await demo.stop();
	await Promise.all([exec, watch]);
	expect(existsSync(demo.folder)).toBe(false);
});

test('the signal stops it', async () => {
	const stopping = new AbortController();
	const demo = await openDemo({scene: 'nks', signal: stopping.signal});
	stopping.abort();
	await demo.stop();
	expect(existsSync(demo.folder)).toBe(false);
});

test('a start that fails leaves nothing behind', async () => {
	const folder = mkdtempSync(path.join(tmpdir(), 'hostport-starts-'));
	vi.stubEnv('TMPDIR', folder);
	await expect(startDemoCluster({scene: 'nks', signal: AbortSignal.abort(new Error('not now'))})).rejects.toThrow('not now');
	await expect(startDemoCluster({scene: 'none' as DemoScene})).rejects.toThrow(UsageError);
	await expect(startDemoCluster({scene: 'nks', nodes: 0})).rejects.toThrow(UsageError);
	const late = new AbortController();
	const started = startDemoCluster({scene: 'nks', nodes: 50, signal: late.signal});
	late.abort(new Error('too late'));
	await expect(started).rejects.toThrow('too late');
	expect(readdirSync(folder)).toEqual([]);
	vi.unstubAllEnvs();
	rmdirSync(folder);
});

test('a thousand nodes stand, none of them with a folder before it is asked', async () => {
	const demo = await openDemo({scene: 'mixed', nodes: 1_000});
	const nodes = await demo.get('/api/v1/nodes?limit=500');
	expect(nodes.body.items).toHaveLength(500);
	expect(nodes.body.metadata.remainingItemCount).toBe(500);
	const agents = await podsByNode(demo, 'k8s-app=cilium');
	expect(agents.size).toBe(999);
	const [pod] = (await podsByNode(demo, 'k8s-app=cilium')).values();
	expect((await demo.exec(nameOf(pod), {command: ['uname', '-r']})).stdout).toBe('5.15.0-119-generic\n');
	// Only the node that was asked, and those where a hanging pod makes its kubelet look.
	expect(readdirSync(`${demo.folder}/nodes`).length).toBeLessThan(200);
	await demo.stop();
});
