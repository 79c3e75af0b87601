import {defineConfig} from 'vitest/config';
import {shellText} from './scripts/shell-text.ts';
import {isWhole} from './test/support/whole.ts';

/** What starts the built program over and over takes half of the time of all: CI runs it (`TESTS=whole`), and whoever names it. */
const slow = [
	'pictures',
	...[
		'api-faults',
		'connections',
		'live',
		'lost-pod',
		'lost-terminal',
		'lost-wizard',
		'manners',
		'network-faults',
		'odd-value',
		'repair-faults',
		'terminal',
		'wizard',
	].map(name => `program/${name}`),
]
	.map(name => `test/${name}.test.ts`)
	.filter(file => !isWhole && !process.argv.some(word => word !== '' && file.startsWith(word)));

export default defineConfig({
	plugins: [shellText],
	define: {__VERSION__: JSON.stringify('0.0.0-test')},
	test: {
		include: ['test/**/*.test.{ts,tsx}'],
		exclude: ['test/e2e/**', 'test/package/**', 'node_modules/**', ...slow],
		isolate: false,
		maxWorkers: 3,
		// A snapshot that is not there is a failure on every machine, not only where CI is set; `vitest run FILE -u` writes it.
		update: 'none',
		// No limit of a test is a measurement: a busy machine must not fail one.
		testTimeout: 900_000,
		hookTimeout: 900_000,
		// Each has a demo cluster and programs: more at once would only be slower.
		maxConcurrency: 3,
		reporters: ['default', './test/support/closing-line-reporter.ts'],
		env: {NODE_EXTRA_CA_CERTS: ''},
	},
});
