// A demo cluster with a proxy before it that fails on demand, and a machine whose kubeconfig knows the proxy alone.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {parse} from 'yaml';
import type {DemoClusterOptions} from '../../source/demo/demo-cluster.ts';
import {openDemo} from '../demo/demo-client.ts';
import {startFaultProxy} from './fault-proxy.ts';

type Kubeconfig = {clusters: [{cluster: {server: string; 'certificate-authority-data'?: string}}]};

/** `demo` itself is reached past the proxy; `environment` is for programs. */
export async function openFaultyDemo(options: DemoClusterOptions) {
	const demo = await openDemo(options);
	const config = parse(await readFile(demo.kubeconfig, 'utf8')) as Kubeconfig;
	const {server, 'certificate-authority-data': authority = ''} = config.clusters[0].cluster;
	const proxy = await startFaultProxy({server, authority: Buffer.from(authority, 'base64').toString()});
	const folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-test-'));
	config.clusters[0].cluster = {server: proxy.url};
	const kubeconfig = path.join(folder, 'kubeconfig');
	writeFileSync(kubeconfig, JSON.stringify(config));
	return {
		demo,
		proxy,
		environment: {KUBECONFIG: kubeconfig, XDG_STATE_HOME: folder},
		async close(): Promise<void> {
			await proxy.close();
			await demo.stop();
			rmSync(folder, {recursive: true, force: true});
		},
	};
}

export type FaultyDemo = Awaited<ReturnType<typeof openFaultyDemo>>;
