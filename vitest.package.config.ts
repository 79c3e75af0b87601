import {defineConfig} from 'vitest/config';

/** What is released, as it is released: fetches the pinned runtime, and builds krew and actionlint. No limit here is a measurement. */
export default defineConfig({
	test: {
		include: ['test/package/*.test.ts'],
		fileParallelism: false,
		testTimeout: 900_000,
		hookTimeout: 900_000,
		reporters: ['verbose', './test/support/closing-line-reporter.ts'],
	},
});
