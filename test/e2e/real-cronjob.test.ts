import {once} from 'node:events';
import {readFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import path from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {hostAddress} from './support/agent-image.ts';
import {serveCurl, serveExampleImage} from './support/example-image.ts';
import {startImageServer, type ImageServer} from './support/image-server.ts';
import {kubectl, until} from './support/kubectl.ts';
import {expectRealWeb} from './support/places.ts';
import {check, hostport} from './support/product.ts';
import {startOver, chartValues} from './support/real-cluster.ts';
import {removeRoles} from './support/service-account.ts';
import {nothingStaysBehind} from './support/suite.ts';
import {root} from './support/tested-cluster.ts';

// `examples/in-cluster` whole: the image by its Dockerfile, the role that `manifest rbac` prints, the CronJobs as they stand but for the names of
// images and of the Pushgateway. Images come from a server of this test; a server of this test is the Pushgateway.
const namespace = 'hostport';
let server: ImageServer;
let image = '';
const pushed: {path: string | undefined; body: string}[] = [];
const gateway = createServer((request, response) => {
	let body = '';
	request.setEncoding('utf8').on('data', (part: string) => (body += part));
	request.on('end', () => {
		pushed.push({path: request.url, body});
		response.end();
	});
});

nothingStaysBehind('at the end');
beforeAll(async () => {
	await startOver(chartValues.none);
	server = await startImageServer(hostAddress);
	image = await serveExampleImage(server);
	gateway.listen(0, hostAddress);
	await once(gateway, 'listening');
	await kubectl(['apply', '--filename', '-'], (await hostport(['manifest', 'rbac'])).stdout);
	await kubectl(['apply', '--filename', '-'], await example('check.yaml'));
});
afterAll(async () => {
	await kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--timeout=120s']);
	await removeRoles('kubectl-hostport-diagnose');
	gateway.close();
	await server.close();
});

const example = async (file: string): Promise<string> =>
	(await readFile(path.join(root, 'examples/in-cluster', file), 'utf8')).replaceAll('registry.example/hostport:0.1.0', image);

type Job = {readonly status: {readonly conditions?: ReadonlyArray<{readonly type: string; readonly status: string}>}};
type Pods = {items: Array<{status: {containerStatuses: Array<{state: {terminated?: {exitCode: number}}}>}}>};

/** Runs a CronJob now: how its Job and its container end, and its log. */
async function ran(cronJob: string): Promise<{readonly ends: string; readonly exitCode: number | undefined; readonly log: string}> {
	await kubectl(['--namespace', namespace, 'create', 'job', `${cronJob}-now`, `--from=cronjob/${cronJob}`]);
	const ends = await until(`the Job of ${cronJob} to end`, 150, async () => {
		const {status} = JSON.parse(await kubectl(['--namespace', namespace, 'get', 'job', `${cronJob}-now`, '--output=json'])) as Job;
		return status.conditions?.find(({type, status: is}) => is === 'True' && (type === 'Complete' || type === 'Failed'))?.type;
	});
	const ofJob = ['--namespace', namespace, `--selector=job-name=${cronJob}-now`];
	const {items} = JSON.parse(await kubectl([...ofJob, 'get', 'pods', '--output=json'])) as Pods;
	const exitCode = items[0]?.status.containerStatuses[0]?.state.terminated?.exitCode;
	return {ends, exitCode, log: await kubectl([...ofJob, 'logs', '--all-containers', '--tail=-1'])};
}

test('the Job of check fails where hostPort does not work, and its log is the diagnosis that an administrator gets', async () => {
	await expectRealWeb('refused');
	const {ends, exitCode, log} = await ran('hostport-check');
	expect({ends, exitCode}, log).toEqual({ends: 'Failed', exitCode: 1});
	const own = await check();
	expect(log).toContain(`${own.codes[0] ?? ''} error  ${own.result.findings[0]?.title ?? ''}`);
	expect(log).toContain('0 of 4 hostPorts mapped');
	// Whatever it had no right to would be told.
	expect(log).not.toMatch(/could not read|forbidden|permission|not read/iu);
});

test('the Job of metrics pushes what Prometheus reads, and ends well although there are findings', async () => {
	const {port} = gateway.address() as AddressInfo;
	const manifest = (await example('push-metrics.yaml'))
		.replace('curlimages/curl:8.11.1', await serveCurl(server))
		.replace('http://pushgateway.monitoring:9091', `http://${hostAddress}:${port}`);
	await kubectl(['apply', '--filename', '-'], manifest);
	const {ends, log} = await ran('hostport-metrics');
	expect(ends, log).toBe('Complete');
	expect(pushed.map(each => each.path)).toEqual(['/metrics/job/hostport']);
	const [{body} = {body: ''}] = pushed;
	expect(body).toContain('hostport_finding_nodes{code="HP01",severity="error"} 2\n');
	expect(body).toContain('hostport_nodes{verdict="broken"} 2\n');
	expect(body).toContain('hostport_host_ports{state="unwired"} 4\n');
	expect(body).toMatch(/^hostport_connections\{from="client",answer="refused"\} [1-9]/mu);
});
