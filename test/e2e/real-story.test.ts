import {createHash} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {beforeAll, expect, test} from 'vitest';
import {patchCiliumConfig} from './support/cilium.ts';
import {kubectl, list, until, waitForRollOut} from './support/kubectl.ts';
import {expectHeard, expectRealWeb, heardAs} from './support/places.ts';
import {hostport} from './support/product.ts';
import {
	bothNodes,
	ciliumVersion,
	configurationOf,
	configureCilium,
	givePortmap,
	inAgent,
	isBefore,
	portmap,
	remakeWeb,
	restartCilium,
	startOver,
	chartValues,
} from './support/real-cluster.ts';
import {expectSavedToAgree} from './support/saved-evidence.ts';
import {nothingStaysBehind} from './support/suite.ts';
import {namespace, root} from './support/tested-cluster.ts';

const otelCollector = path.join(root, 'test/e2e/workloads/otel-collector.yaml');

/** What `diff` says that the agents will write. */
let foretold = '';

/** The lines that a unified diff foretells of a file, each with its number. */
function linesForetold(file: string): ReadonlyArray<readonly [number: number, line: string]> {
	const own = foretold.slice(foretold.indexOf(`--- ${file}`)).split(/\n(?=--- )/u)[0] ?? '';
	let next = 0;
	return own.split('\n').flatMap(line => {
		next = Number(/^@@ \S+ \+(\d+)/u.exec(line)?.[1] ?? next);
		return next > 0 && /^[+ ]/u.test(line) ? [[next++, line.slice(1)] as const] : [];
	});
}

nothingStaysBehind('at the end');
beforeAll(async () => startOver(chartValues.none));

// The case as the write-up tells it, on the real Cilium: each step starts from what the one before it left, and asks the ports first.
test('1 to 3: the ports are refused from everywhere, no entry of type HostPort, cilium-config says why: HP01', async () => {
	await expectRealWeb('refused');
	expect(await inAgent('node-1', 'cilium-dbg', 'service', 'list')).not.toMatch(/HostPort/u);

	const {result, codes, exitCode} = await expectSavedToAgree();

	expect([codes[0], exitCode]).toEqual(['HP01', 1]);
	expect(result.cluster.cilium).toEqual({version: ciliumVersion, namespace: 'kube-system', path: 'none'});
	expect(result.findings[0]?.nodes.toSorted()).toEqual(bothNodes);
	expect(result.findings[0]?.hostPorts).toHaveLength(4);
	expect(result.hostPorts.map(({state}) => state)).toEqual(Array.from({length: 4}, () => 'unwired'));
	expect(result.findings[0]?.because.map(({says}) => says).join('\n')).toMatch(/kube-proxy-replacement/u);
});

test('4: the key that the write-up sets first helps nothing, and the kernel is not blamed', async () => {
	await configureCilium(chartValues.none, {'enable-host-port': 'true'});
	await expectRealWeb('refused');

	const {codes, exitCode, result, stdout} = await expectSavedToAgree();

	// 1.19 removed the key: later agents skip it in silence.
	expect([codes[0], exitCode]).toEqual([isBefore('1.19') ? 'HP01b' : 'HP19', 1]);
	expect(result.findings.map(({title}) => title).join('\n')).not.toMatch(/kernel/iu);
	expect(stdout).not.toMatch(/kernel .* too old/iu);
	await configureCilium(chartValues.none);
});

test('5: the diff of each CNI file and of cilium-config, before anything is written', async () => {
	const {stdout, exitCode} = await hostport(['diff']);
	foretold = stdout;
	for (const node of bothNodes) expect(stdout).toContain(`--- ${node}:/etc/cni/net.d/05-cilium.conflist`);
	expect(stdout).toMatch(/^\+.*"type": "portmap"/mu);
	expect(stdout).toMatch(/^\+.*cni-chaining-mode.*portmap/mu);
	expect(exitCode).toBe(1);
});

test('5: chaining in the ConfigMap and agents that were not restarted: HP03', async () => {
	await patchCiliumConfig({'cni-chaining-mode': 'portmap'});
	const {codes, exitCode, result} = await expectSavedToAgree();
	expect([codes[0], exitCode]).toEqual(['HP03', 1]);
	expect(result.findings[0]?.nodes.toSorted()).toEqual(bothNodes);
});

test('6: the agents write what diff foretold, line by line', async () => {
	await restartCilium();
	for (const node of bothNodes) {
		const lines = linesForetold(`${node}:/etc/cni/net.d/05-cilium.conflist`);
		const written = (await readFile(configurationOf(node, '05-cilium.conflist'), 'utf8')).split('\n');
		expect(lines.map(([, line]) => line).join('\n')).toMatch(/"cniVersion"[\s\S]*"portmap"/u);
		expect(lines).toEqual(lines.map(([number]) => [number, written[number - 1]]));
	}
});

test('6: chained without the binary, no pod can start any more: HP02', async () => {
	await kubectl(['--namespace', namespace, 'apply', '--filename', otelCollector]);
	await until('the failed sandboxes on both nodes', 90, async () => {
		const events = await list('events', '--namespace', namespace, '--field-selector', 'reason=FailedCreatePodSandBox');
		const hosts = new Set(
			events.filter(({message}) => message?.includes('failed to find plugin "portmap"')).map(({source}) => source?.host),
		);
		return hosts.size === bothNodes.length || undefined;
	});

	const {codes, exitCode, result} = await expectSavedToAgree();

	expect([codes[0], exitCode]).toEqual(['HP02', 1]);
	expect(result.findings[0]?.nodes.toSorted()).toEqual(bothNodes);
	expect(result.findings[0]?.because.map(({says}) => says).join('\n')).toContain('/opt/cni/bin');
	expect(result.nodes.map(({verdict}) => verdict)).toEqual(['broken', 'broken']);
});

test('7: the binary on each node: pods start again, new ones answer, those from before do not: HP04', async () => {
	await givePortmap(...bothNodes);
	await waitForRollOut('daemonset/otel-collector');
	for (const node of bothNodes) await expectHeard(node, {port: 4318, app: 'otel-collector'}, heardAs('otel'));
	await expectRealWeb('refused');

	const {codes, exitCode, result} = await expectSavedToAgree();

	expect([codes[0], exitCode]).toEqual(['HP04', 1]);
	expect(result.findings[0]?.hostPorts).toHaveLength(4);
	expect(result.findings[0]?.hostPorts.every(name => name.startsWith(`${namespace}/web-`))).toBe(true);
	expect(result.cluster.cilium.path).toBe('portmap');
});

test('8: rules per pod, and the ports answer from every place: HP22, verify agrees', async () => {
	await remakeWeb();
	await expectRealWeb('web');
	expect(await inAgent('node-1', 'iptables-nft-save', '-t', 'nat')).toMatch(/CNI-HOSTPORT-DNAT[\s\S]*CNI-DN-/u);

	const {codes, exitCode, result} = await expectSavedToAgree();

	expect([codes[0], exitCode], JSON.stringify(result.findings)).toEqual(['HP22', 0]);
	expect(result.findings.filter(({severity}) => severity === 'error')).toEqual([]);
	expect(result.hostPorts.every(({state}) => state === 'wired')).toBe(true);
	expect((await hostport(['diff'])).stdout).toBe('');
	const verified = await hostport(['verify', '--with-pods']);
	expect(verified.exitCode, verified.stdout + verified.stderr).toBe(0);
});

test('9: what makes it last: the init script and the DaemonSet carry this very binary', async () => {
	const [script, daemonSet] = await Promise.all([
		hostport(['manifest', 'init-script', '--portmap', `file:${portmap}`]),
		hostport(['manifest', 'daemonset', '--portmap', `file:${portmap}`]),
	]);
	expect([script.exitCode, daemonSet.exitCode], script.stderr + daemonSet.stderr).toEqual([0, 0]);
	const sum = createHash('sha256')
		.update(await readFile(portmap))
		.digest('hex');
	expect(script.stdout).toContain(sum);
	expect(daemonSet.stdout).toContain(sum);
});
