// The end-to-end suite: one cluster after the other, each with its own files (vitest.e2e.config.ts says which), and one closing line for all.
// CILIUM=1.20.2 runs one of them, KUBECONFIG=… what can run on a cluster that somebody else made; other words go to vitest.
import {spawn} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';

const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const {CILIUM, KUBECONFIG, CLUSTER_RUN} = process.env;
const running = path.join(CLUSTER_RUN ?? '', 'version');
// The real Cilium decides, so it comes first.
const versions = KUBECONFIG
	? ['any']
	: CLUSTER_RUN && existsSync(running)
		? [readFileSync(running, 'utf8').trim()]
		: CILIUM
			? [CILIUM]
			: ['1.20.2', '1.15.19', '1.10.16'];

/** The first number of a cluster that nothing on this machine has. */
const freeInstance = () => {
	for (let number = 0; number < 250; number++)
		if (!existsSync(`/sys/class/net/hpbr${number}`) && !existsSync(`/tmp/hostport-cluster-${number}`)) return String(number);
	throw new Error('every number of a cluster is taken');
};

/** Runs the files of one version; gives its exit code and what its closing line counted. */
const runVersion = async version => {
	const own = KUBECONFIG || CLUSTER_RUN ? {} : {CLUSTER_INSTANCE: process.env.CLUSTER_INSTANCE ?? freeInstance()};
	const child = spawn(
		process.execPath,
		[vitest, 'run', '--config', 'vitest.e2e.config.ts', '--passWithNoTests', ...process.argv.slice(2)],
		{
			stdio: ['inherit', 'pipe', 'inherit'],
			env: {...process.env, ...own, CILIUM: version},
		},
	);
	let tail = '';
	child.stdout.on('data', data => {
		process.stdout.write(data);
		tail = (tail + data).slice(-20_000);
	});
	const code = await new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('close', resolve);
	});
	const [, passed = '0', failed = '0'] = [...tail.matchAll(/^(\d+) passed, (\d+) failed/gmu)].at(-1) ?? [];
	return {code, passed: Number(passed), failed: Number(failed)};
};

const results = [];
for (const version of versions) {
	console.error(`e2e: Cilium ${version}`);
	results.push(await runVersion(version));
}
const sum = key => results.reduce((total, result) => total + result[key], 0);
const bad = results.filter(({code}) => code !== 0);
// A run that ends badly without a failed test is a failure too: its cluster did not come up, or a hook failed.
console.log(`${sum('passed')} passed, ${sum('failed') + bad.filter(({failed}) => failed === 0).length} failed`);
process.exitCode = bad.length > 0 ? 1 : 0;
