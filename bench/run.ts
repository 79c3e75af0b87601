// Speed as ratios measured side by side in one run; prints a table and keeps it in docs/benchmarks.md, whose later sections stay.
// Needs dist/ (npm run bench builds it), kubectl for the comparisons, and KUBECONFIG for the rows on a real cluster.
import {execFileSync, spawn} from 'node:child_process';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {journalReading} from './journals.ts';
import {environment, median, program, root, run, sideBySide, untilShown} from './measure.ts';
import {besideSystemSsh} from './ssh.ts';

type Row = {what: string; ours: string; beside: string; theirs: string; ratio: string};
const rows: Row[] = [];
const milliseconds = (value: number): string => (value >= 10_000 ? `${(value / 1000).toFixed(1)} s` : `${Math.round(value)} ms`);
const add = (what: string, beside: string, {a, b, ratio}: {a: number; b: number; ratio: number}): void => {
	rows.push({what, ours: milliseconds(a), beside, theirs: milliseconds(b), ratio: ratio.toFixed(2)});
	console.log(`${what}: ${milliseconds(a)} beside ${beside} ${milliseconds(b)}, ratio ${ratio.toFixed(2)}`);
};

const kubectl = (process.env['PATH'] ?? '')
	.split(path.delimiter)
	.map(folder => path.join(folder, 'kubectl'))
	.find(file => existsSync(file));
const ours = async (words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> =>
	(await run(process.execPath, [program, ...words], {env})).milliseconds;
const theirs = async (words: readonly string[]): Promise<number> => (await run(kubectl ?? 'kubectl', words)).milliseconds;
const bareNode = async (): Promise<number> => (await run(process.execPath, ['-e', '0'])).milliseconds;

if (kubectl !== undefined) {
	const version = (): Promise<number> => theirs(['version', '--client']);
	add('`--version`', '`kubectl version --client`', await sideBySide(15, () => ours(['--version']), version));
	add('`check --help`', '`kubectl version --client`', await sideBySide(15, () => ours(['check', '--help']), version));
	add(
		'first frame of the terminal UI',
		'`kubectl version --client`',
		await sideBySide(9, () => untilShown([program, '--server=https://127.0.0.1:9', '--token=x'], 'hostport'), version),
	);
}

add('`--version`', 'an empty Node program', await sideBySide(15, () => ours(['--version']), bareNode));
add('`check --help`', 'an empty Node program', await sideBySide(15, () => ours(['check', '--help']), bareNode));

if (process.env['KUBECONFIG'] !== undefined && kubectl !== undefined) await onRealCluster(kubectl);
await besideSystemSsh(add);
const large = await onLargeDemo(1000);
const journals = await journalReading();
const journalTimes = [...journals.seconds]
	.map(([nodes, seconds]) => `${nodes.toLocaleString('en')} nodes ${seconds.toFixed(2)} s`)
	.join(', ');
console.log(`reading a journal: ${journalTimes}; exponent ${journals.exponent.toFixed(2)}`);

const page = path.join(root, 'docs', 'benchmarks.md');
const sections = readFileSync(page, 'utf8')
	.split(/^(?=## )/mu)
	.slice(1)
	.join('');
writeFileSync(
	page,
	`# Benchmarks

Made by \`npm run bench\` on ${os.cpus().length} cores (${os.cpus()[0]?.model.trim() ?? 'unknown'}), Node ${process.version}, ${os.type()}. Medians of runs in turn; the ratio is
the median of the pairs' ratios (below 1: ours is faster). Absolute times move with the machine, ratios hardly.

| What | Ours | Beside | Theirs | Ratio |
|---|---|---|---|---|
${rows.map(row => `| ${row.what} | ${row.ours} | ${row.beside} | ${row.theirs} | ${row.ratio} |`).join('\n')}

\`check\` on the embedded demo cluster with ${large.nodes} nodes (server and node scripts run on the same cores): ${(large.milliseconds / 1000).toFixed(1)} s,
${large.requestsPerNode.toFixed(2)} API requests a node, peak memory ${Math.round(large.peakMegabytes)} MB.

Reading the journal of a run takes processor time that grows with the power ${journals.exponent.toFixed(2)} of its nodes: ${journalTimes} (least of seven each).

${sections}`,
);

/** \`check\` beside the same facts gathered by hand: a debug pod a node, and one exec after the other. */
async function onRealCluster(kubectlFile: string): Promise<void> {
	const get = (words: readonly string[]): string[] =>
		execFileSync(kubectlFile, words, {encoding: 'utf8', env: environment()}).trim().split(/\s+/u);
	const nodes = get(['get', 'nodes', '-o', 'name']);
	const agents = get(['-n', 'kube-system', 'get', 'pods', '-l', 'k8s-app=cilium', '-o', 'name']);
	const image = process.env['BENCH_IMAGE'] ?? 'docker.io/library/busybox:1.36';
	const byDebug = async (): Promise<number> => {
		const started = performance.now();
		for (const node of nodes) {
			const script = 'uname -r; ls -l /host/opt/cni/bin; for f in /host/etc/cni/net.d/*; do cat "$f"; done';
			const made = await run(kubectlFile, [
				'debug',
				node,
				'-q',
				'-i',
				'--attach',
				`--image=${image}`,
				'--image-pull-policy=IfNotPresent',
				'--',
				'sh',
				'-c',
				script,
			]);
			if (!made.stdout.includes('cilium')) throw new Error(`kubectl debug ${node} saw nothing: ${made.stderr}`);
		}

		// What a debug pod cannot tell, and check does: objects, rules, status.
		await run(kubectlFile, ['get', 'pods,events,nodes', '-A', '-o', 'json']);
		await run(kubectlFile, ['-n', 'kube-system', 'get', 'configmap', 'cilium-config', '-o', 'yaml']);
		for (const agent of agents) {
			for (const command of ['iptables-nft-save -t nat', 'iptables-legacy-save -t nat', 'cilium status -o json']) {
				await run(kubectlFile, ['-n', 'kube-system', 'exec', agent, '--', 'sh', '-c', command]);
			}
		}

		const taken = performance.now() - started;
		const left = get(['get', 'pods', '-o', 'name']).filter(name => name.startsWith('pod/node-debugger-'));
		for (const pod of left) await run(kubectlFile, ['delete', pod, '--now', '--wait=false']);
		return taken;
	};

	const byExec = async (): Promise<number> => {
		const started = performance.now();
		await run(kubectlFile, ['get', 'pods', '-A', '-o', 'json']);
		await run(kubectlFile, ['-n', 'kube-system', 'get', 'configmap', 'cilium-config', '-o', 'yaml']);
		for (const agent of agents) {
			for (const command of [
				'uname -r',
				'ls -l /host/opt/cni/bin',
				'cat /host/etc/cni/net.d/*',
				'iptables-nft-save -t nat',
				'iptables-legacy-save -t nat',
				'cilium status -o json',
			]) {
				await run(kubectlFile, ['-n', 'kube-system', 'exec', agent, '--', 'sh', '-c', command]);
			}
		}

		return performance.now() - started;
	};

	add(
		`\`check\` on a real cluster of ${nodes.length} nodes`,
		'the same by hand: `kubectl debug node/…`, `get` and `exec`, one after the other',
		await sideBySide(3, check, byDebug),
	);
	add(
		`\`check\` on a real cluster of ${nodes.length} nodes`,
		'`kubectl exec`, six questions a node, one after the other',
		await sideBySide(5, check, byExec),
	);
}

const check = (): Promise<number> => ours(['check', '-o', 'json']);

async function onLargeDemo(nodes: number): Promise<{nodes: number; milliseconds: number; requestsPerNode: number; peakMegabytes: number}> {
	const server = spawn(process.execPath, [program, 'demo', '--serve', `--nodes=${nodes}`], {
		env: environment(),
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	try {
		const kubeconfig = await new Promise<string>((resolve, reject) => {
			server.stdout.on('data', (chunk: Buffer) => {
				const found = /KUBECONFIG=(\S+)/u.exec(chunk.toString())?.[1];
				if (found !== undefined) resolve(found);
			});
			server.on('exit', () => reject(new Error('the demo cluster did not start')));
		});
		const runs = [];
		for (let index = 0; index < 3; index++) {
			runs.push(await run(process.execPath, [program, 'check', '-o', 'json', `--kubeconfig=${kubeconfig}`], {usage: true}));
		}

		const verbose = await run(process.execPath, [program, 'check', '-o', 'json', '-v=6', `--kubeconfig=${kubeconfig}`]);
		const requests = verbose.stderr.split('\n').filter(line => /^(?:GET|POST|PUT|PATCH|DELETE)\b/u.test(line)).length;
		console.log(`check on ${nodes} demo nodes: ${runs.map(each => milliseconds(each.milliseconds)).join(', ')}; ${requests} requests`);
		return {
			nodes,
			milliseconds: median(runs.map(each => each.milliseconds)),
			requestsPerNode: requests / nodes,
			peakMegabytes: Math.max(...runs.map(each => each.peakMegabytes)),
		};
	} finally {
		server.kill('SIGTERM');
	}
}
