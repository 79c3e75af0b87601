import process from 'node:process';
import {defineConfig} from 'vitest/config';

/** Proved by whole runs, and what CI runs; `E2E=all` adds the scenes that are newer than that (test/README.md). */
const proved = ['story', 'interruption', 'any-cluster', 'proof', 'new-node'];
const files = process.env['E2E'] === 'all' ? '*' : `{${proved.join(',')}}`;

/** The suite on a real cluster: one cluster, so one test at a time; every wait has a limit of its own below these. */
export default defineConfig({
	test: {
		include: [`test/e2e/${files}.test.ts`],
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
