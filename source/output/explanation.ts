import type {Explanation} from '../diagnosis/causes/cause.ts';
import {wrapped} from '../wrapped.ts';

type Part = {readonly title: string; readonly lines: readonly string[]};

const partsOf = ({proof, toldApart, cure, falseLeads, sources}: Explanation): readonly Part[] =>
	[
		{title: 'Proof', lines: proof},
		{title: 'Not to be confused with', lines: toldApart},
		{title: 'Fix', lines: cure},
		{title: 'False leads', lines: falseLeads},
		{title: 'Sources', lines: sources},
	].filter(({lines}) => lines.length > 0);

/** An explanation as an object to print (docs/contract.md). */
export const explanationObject = ({code, title, meaning, proof, toldApart, cure: fix, falseLeads, sources}: Explanation) => ({
	apiVersion: 'hostport.dev/v1',
	kind: 'Explanation',
	code,
	title,
	meaning,
	proof,
	toldApart,
	fix,
	falseLeads,
	sources,
});

/** The list of codes, a line each. */
export const codeList = (explanations: ReadonlyArray<Pick<Explanation, 'code' | 'title'>>): string =>
	explanations.map(({code, title}) => `${code.padEnd(6)} ${title}\n`).join('');

/** What a code means, for a terminal: wrapped at 100 columns. */
export function explanationText(explanation: Explanation): string {
	const parts = partsOf(explanation).map(({title, lines}) => `${title}\n${lines.map(line => indented(line, '  - ', '    ')).join('')}`);
	return `${explanation.code}  ${explanation.title}\n\n${indented(explanation.meaning, '', '')}\n${parts.join('\n')}`;
}

/** The same as a page of docs/causes. */
export function explanationPage(explanation: Explanation): string {
	const parts = partsOf(explanation).map(({title, lines}) => `## ${title}\n\n${lines.map(line => `- ${line}\n`).join('')}`);
	return `# ${explanation.code}: ${explanation.title}\n\n${explanation.meaning}\n\n${parts.join('\n')}`;
}

const indented = (text: string, first: string, next: string): string =>
	wrapped(text, 100 - first.length)
		.map((line, index) => `${index === 0 ? first : next}${line}\n`)
		.join('');
