import {inject} from 'vitest';
import * as z from 'zod/mini';
import {startOf} from '../../support/built.ts';
import {start, type Ended, type Started} from './processes.ts';
import {kubeconfig} from './tested-cluster.ts';

const texts = z.array(z.string());

/** `check -o json` as the contract has it, written down a second time on purpose: the product's own type may not drift from it. */
const contract = z.object({
	apiVersion: z.literal('hostport.dev/v1'),
	kind: z.literal('Diagnosis'),
	generatedAt: z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/u)),
	cluster: z.object({
		server: z.string(),
		kubernetes: z.string(),
		cilium: z.object({version: z.string(), namespace: z.string(), path: z.enum(['none', 'portmap', 'native', 'runtime'])}),
	}),
	nodes: z.array(
		z.object({
			name: z.string(),
			verdict: z.enum(['ok', 'broken', 'degraded', 'unknown', 'skipped']),
			kernel: z.string(),
			arch: z.string(),
			cni: z.object({file: z.string(), plugins: texts, binaries: texts, binDir: z.string()}),
			via: z.enum(['api', 'agent', 'pod', 'ssh']),
			reason: z.string(),
		}),
	),
	hostPorts: z.array(
		z.object({
			namespace: z.string(),
			pod: z.string(),
			node: z.string(),
			hostIP: z.string(),
			hostPort: z.number(),
			containerPort: z.number(),
			protocol: z.string(),
			owner: z.string(),
			state: z.enum(['wired', 'unwired', 'unknown']),
			answers: z.array(z.object({from: z.string(), address: z.string(), ok: z.boolean(), error: z.string()})),
		}),
	),
	findings: z.array(
		z.object({
			code: z.string().check(z.regex(/^HP\d\d[a-z]?$/u)),
			severity: z.enum(['error', 'warning', 'info']),
			nodes: texts,
			hostPorts: texts,
			title: z.string(),
			because: z.array(z.object({source: z.string(), says: z.string()})),
			remedy: z.string(),
			repairable: z.boolean(),
		}),
	),
});

export type CheckResult = z.infer<typeof contract>;
export type Checked = Ended & {
	readonly result: CheckResult;
	/** Codes of the findings, worst first. */
	readonly codes: readonly string[];
};

type ProductOptions = {
	/** Instead of the cluster under test. */
	readonly kubeconfig?: string;
	readonly timeoutSeconds?: number;
	/** Added to this process's own. */
	readonly environment?: NodeJS.ProcessEnv;
};

/** Starts the built program, as a user would, on the cluster under test. */
export function startHostport(words: readonly string[], options: ProductOptions = {}): Started {
	const [file, first] = startOf(inject('program'));
	return start(file, [...first, ...words], {
		environment: {...process.env, ...options.environment, KUBECONFIG: options.kubeconfig ?? kubeconfig, NO_COLOR: '1'},
		timeoutSeconds: options.timeoutSeconds ?? 120,
	});
}

export async function hostport(words: readonly string[], options?: ProductOptions): Promise<Ended> {
	return await startHostport(words, options).ended;
}

/** Runs `check -o json`; its output must keep the contract in every scene. */
export async function check(words: readonly string[] = [], options?: ProductOptions): Promise<Checked> {
	const ended = await hostport(['check', '--output', 'json', ...words], options);
	const result = parseResult(ended);
	return {...ended, result, codes: result.findings.map(finding => finding.code)};
}

function parseResult(ended: Ended): CheckResult {
	try {
		return contract.parse(JSON.parse(ended.stdout));
	} catch (error) {
		throw new Error(
			`check -o json did not keep the contract (ended with ${ended.signal ?? ended.exitCode} after ${ended.seconds.toFixed(1)} s)\n${ended.stderr}\n${ended.stdout}`,
			{cause: error},
		);
	}
}
