import type {Finding} from '../diagnosis/diagnosis.ts';
import type {Rendering} from './rendering.ts';
import {xmlText} from './xml-text.ts';

/**
 * JUnit XML (the form that Jenkins and GitLab read): a test case a node, failed where an error-level finding names it,
 * skipped where it was not looked at.
 */
export function junit({diagnosis}: Rendering): string {
	const errors = diagnosis.findings.filter(({severity}) => severity === 'error');
	const cases = diagnosis.nodes.map(node => {
		const findings = errors.filter(({nodes}) => nodes.includes(node.name));
		const isUnseen = node.verdict === 'unknown' || node.verdict === 'skipped';
		const body = isUnseen ? `<skipped message="${xmlText(node.reason)}"/>` : findings.map(failure).join('');
		return {
			failed: !isUnseen && findings.length > 0,
			skipped: isUnseen,
			xml: `<testcase classname="hostport.node" name="${xmlText(node.name)}">${body}</testcase>`,
		};
	});
	const general = errors.filter(({nodes}) => nodes.length === 0);
	const generalCases = general.map(
		finding => `<testcase classname="hostport.cluster" name="${xmlText(finding.code)}">${failure(finding)}</testcase>`,
	);
	const failures = cases.filter(({failed}) => failed).length + general.length;
	const skipped = cases.filter(each => each.skipped).length;
	return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="kubectl hostport" tests="${cases.length + general.length}" failures="${failures}" skipped="${skipped}">
<testsuite name="${xmlText(diagnosis.cluster.server)}" timestamp="${xmlText(diagnosis.generatedAt)}" tests="${cases.length + general.length}" failures="${failures}" skipped="${skipped}">
${[...generalCases, ...cases.map(({xml}) => xml)].join('\n')}
</testsuite>
</testsuites>
`;
}

function failure(finding: Finding): string {
	const proof = finding.because.map(({source, says}) => `${source}: ${says.replaceAll('\n', ' ')}`).join('\n');
	return `<failure type="${xmlText(finding.code)}" message="${xmlText(finding.title)}">${xmlText(`${proof}\n${finding.remedy}`)}</failure>`;
}
