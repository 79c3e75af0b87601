import type {Reporter, TestModule} from 'vitest/node';

/** Ends the run with the plain line that CI reads: `N passed, N failed`. A file that cannot be loaded counts as one failure. */
export default class ClosingLineReporter implements Reporter {
	onTestRunEnd(modules: readonly TestModule[]): void {
		let passed = 0;
		let failed = 0;
		let skipped = 0;
		for (const testModule of modules) {
			const tests = [...testModule.children.allTests()];
			passed += tests.filter(test => test.result().state === 'passed').length;
			failed += tests.filter(test => test.result().state === 'failed').length;
			skipped += tests.filter(test => test.result().state === 'skipped').length;
			if (testModule.state() === 'failed' && tests.every(test => test.result().state !== 'failed')) failed += 1;
		}

		console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
	}
}
