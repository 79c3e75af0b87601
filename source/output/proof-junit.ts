import type {ProofResult} from '../proof/proof.ts';
import {placeText} from './proof-matrix.ts';
import type {ProofRendering} from './rendering.ts';
import {xmlText} from './xml-text.ts';

/** JUnit XML: a test case a connection, failed where it does not work, skipped where nothing is proved or it was not asked. */
export function proofJunit({proof, summary}: ProofRendering): string {
	const cases = proof.results.map(result => {
		const name = `${result.hostPort} at ${result.address} from ${placeText(result)}`;
		const message = xmlText([result.error, result.note].filter(part => part !== '').join(': '));
		const body =
			result.verdict === 'works' || result.verdict === 'not served'
				? ''
				: result.verdict === 'fails'
					? `<failure type="${xmlText(result.error)}" message="${message}">${xmlText(result.by)}</failure>`
					: `<skipped message="${message}"/>`;
		return `<testcase classname="hostport.verify" name="${xmlText(name)}" time="${(result.milliseconds / 1000).toFixed(4)}">${body}</testcase>`;
	});
	const unasked = proof.unasked.map(
		line => `<testcase classname="hostport.verify" name="${xmlText(line)}"><skipped message="could not be tried"/></testcase>`,
	);
	const count = (verdict: ProofResult['verdict']): number => proof.results.filter(result => result.verdict === verdict).length;
	const totals = `tests="${cases.length + unasked.length}" failures="${count('fails')}" skipped="${count('not proven') + unasked.length}"`;
	return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="kubectl hostport verify" ${totals}>
<testsuite name="${xmlText(summary)}" timestamp="${xmlText(proof.generatedAt)}" ${totals}>
${[...cases, ...unasked].join('\n')}
</testsuite>
</testsuites>
`;
}
