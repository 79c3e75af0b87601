import process from 'node:process';
import {defineConfig} from 'vitest/config';

/** What CI runs of each cluster (`E2E=short`); test/README.md has the minutes. Who adds one takes as much out. */
const short: Readonly<Record<string, readonly string[]>> = {
	'1.20.2': ['real-story', 'real-repair', 'real-native', 'real-portmap', 'real-proof', 'real-wizard', 'real-cronjob'],
	'1.15.19': ['real-story', 'real-repair'],
	'1.10.16': ['story', 'any-cluster', 'interruption', 'repair'],
};

const cilium = process.env['CILIUM'] ?? '1.10.16';

/** Which files a cluster is for: the real Cilium's, the stand-in's, or what any cluster can show. */
function files(): readonly string[] {
	if (cilium === 'any') return ['any-cluster'];
	if (process.env['E2E'] === 'short') return short[cilium] ?? [];
	return cilium === '1.20.2' || cilium === '1.15.19' ? ['real-*'] : ['!(real-*)'];
}

/** The suite on a cluster of this machine: one cluster, so one test at a time; every wait has a limit of its own below these. */
export default defineConfig({
	test: {
		include: files().map(name => `test/e2e/${name}.test.ts`),
		globalSetup: ['test/e2e/support/global-setup.ts'],
		fileParallelism: false,
		maxWorkers: 1,
		// A busy machine is no fault of the product; a real fault fails twice.
		retry: 1,
		testTimeout: 360_000,
		hookTimeout: 360_000,
		disableConsoleIntercept: true,
		reporters: ['verbose', './test/support/closing-line-reporter.ts'],
	},
});
