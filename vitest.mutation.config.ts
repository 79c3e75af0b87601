import process from 'node:process';
import {defineConfig} from 'vitest/config';
import {shellText} from './scripts/shell-text.ts';

/** The tests that answer for the rules: what Stryker runs against each change of them. Without the property tests it takes minutes instead of hours. */
export default defineConfig({
	plugins: [shellText],
	define: {__VERSION__: JSON.stringify('0.0.0-test')},
	test: {
		// MUTATION_TESTS: the tests of other rooms, for files of theirs; patterns with commas between.
		include: process.env['MUTATION_TESTS']?.split(',') ?? ['test/diagnosis/**/*.test.ts', 'test/cilium/**/*.test.ts'],
		exclude: ['**/*.property.test.ts', 'node_modules/**'],
		// A mutant that never ends is stopped by Stryker's own limit.
		testTimeout: 900_000,
	},
});
