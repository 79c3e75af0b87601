import process from 'node:process';
import {defineConfig} from 'vitest/config';

/** What CI runs (`E2E=short`): files that were seen to pass on the last commits, well inside its 90 minutes. */
const short = ['any-cluster', 'causes-rules', 'interruption', 'repair', 'story'];

/** The suite on a real cluster: one cluster, so one test at a time; every wait has a limit of its own below these. */
export default defineConfig({
	test: {
		// Files of the real Cilium and of the stand-in agent want clusters of their own.
		include:
			process.env['E2E_CILIUM'] === 'real'
				? ['test/e2e/real-*.test.ts']
				: process.env['E2E'] === 'short'
					? short.map(name => `test/e2e/${name}.test.ts`)
					: ['test/e2e/!(real-*).test.ts'],
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
