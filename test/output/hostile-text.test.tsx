// Every text of evidence, as a saved file may hold it, in every form that it is shown in.
import {afterEach, describe, expect, it} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Diagnosis} from '../../source/diagnosis/diagnosis.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {wordsOf} from '../../source/command-line/option.ts';
import {diagnosisFormats as formats, proofFormats} from '../../source/output/formats.ts';
import {objectForms} from '../../source/output/object-forms.ts';
import {planText, refusalText} from '../../source/output/plan.ts';
import {unifiedDiff} from '../../source/output/unified-diff.ts';
import {recommendStrategy} from '../../source/diagnosis/strategy.ts';
import {view} from '../../source/diagnosis/view.ts';
import {judged} from '../../source/proof/judge.ts';
import {summaryOf} from '../../source/proof/summary.ts';
import {planProof} from '../../source/proof/probes.ts';
import type {UnjudgedResult} from '../../source/proof/proof.ts';
import {makePlan} from '../../source/repair/plan/make-plan.ts';
import {neededChanges} from '../../source/repair/plan/needed-change.ts';
import {App} from '../../source/tui/app.tsx';
import {createTheme, ThemeContext} from '../../source/tui/theme.ts';
import {everyField} from '../diagnosis/every-field.ts';
import {hostileText, poisoned, raw, received, textPaths, xmlFault} from '../support/hostile-text.ts';
import {renderAtSize, type Drawn} from '../support/render-at-size.tsx';
import {storeWith} from '../tui/fixtures.ts';

const names = wordsOf(formats);
/** What shows every text of a diagnosis in forms that print any object. */
const objectTexts = [
	['json', ''],
	['yaml', ''],
	['jsonpath', '{range .hostPorts[*]}{.*}{"\\n"}{end}{range .nodes[*]}{.*}{"\\n"}{end}{.findings[*].because[*].says}{"\\n"}'],
	['custom-columns', 'NAME:.nodes[*].name,REASON:.nodes[*].reason,CNI:.nodes[*].cni'],
] as const;
const paths = textPaths(everyField());
/** One at a time, so that no fault hides behind another; and all at once. */
const cases: ReadonlyArray<readonly [string, () => Evidence]> = [
	...paths.map(path => [path, () => received(poisoned(everyField(), each => each === path))] as const),
	['everything', () => received(poisoned(everyField(), () => true))],
];

async function shown(evidence: Evidence): Promise<Record<string, string>> {
	const diagnosis = diagnose(evidence);
	const texts: Record<string, string> = {};
	for (const name of names) texts[name] = (await formats[name]())({diagnosis, evidence, colour: false});
	for (const [form, given] of objectTexts) texts[form] = (await objectForms[form]?.load())?.(given)(diagnosis, true) ?? '';
	const changes = neededChanges(evidence, recommendStrategy(view(evidence)).strategy);
	const plan = makePlan(evidence, diagnosis, {strategy: 'portmap', sources: ['/portmap'], allowBarePods: true}, {});
	return {
		...texts,
		diff: changes.map(change => unifiedDiff(change)).join(''),
		plan: planText(plan, {colour: false}) + refusalText(plan),
		...(await proofTexts(evidence, diagnosis)),
	};
}

/** `verify`, where nothing answers: then it says the most. */
async function proofTexts(evidence: Evidence, {findings}: Diagnosis): Promise<Record<string, string>> {
	const {questions, unasked, skipped} = planProof(evidence, {podNodes: evidence.nodes.map(({name}) => name), fromClient: true});
	const results = questions.map(({probe: {address}, ...question}) => ({
		...question,
		address,
		ok: false,
		milliseconds: 0,
		error: 'refused',
	}));
	const head = {apiVersion: 'hostport.dev/v1', kind: 'Proof', generatedAt: '2024-02-07T02:00:00Z'} as const;
	const proof = {
		...head,
		results: judged(results as UnjudgedResult[], [], {findings, mapped: new Set(), path: 'native'}),
		pods: [],
		unasked,
		skipped,
	};
	const forms = await Promise.all(
		wordsOf(proofFormats).map(async name => [
			`verify as ${name}`,
			(await proofFormats[name]())({proof, summary: summaryOf(proof), colour: false}),
		]),
	);
	return Object.fromEntries(forms) as Record<string, string>;
}

/** Markdown without its code spans: in them nothing has a meaning. */
const outsideCode = (markdown: string): string => markdown.replaceAll(/(?<![\\`])(`+)(?!`).*?[^`]\1(?!`)/gu, '');

describe('a hostile text', () => {
	it('is looked for in every field that evidence has', () => {
		expect(paths.length).toBeGreaterThan(100);
		expect(raw.test(hostileText)).toBe(true);
	});

	it('is looked for in forms that have something to say', async () => {
		for (const [form, text] of Object.entries(await shown(everyField()))) expect(text.split('\n').length, form).toBeGreaterThan(2);
	});

	it.each(cases)('in %s is harmless in every form', async (_, evidenceOf) => {
		const texts = await shown(evidenceOf());
		for (const [form, text] of Object.entries(texts)) {
			expect.soft(raw.exec(text.replaceAll('\n', ''))?.[0].codePointAt(0)?.toString(16), form).toBeUndefined();
			expect.soft(text, form).not.toMatch(/^FORGED/mu);
		}

		for (const form of ['junit', 'verify as junit']) expect.soft(xmlFault(texts[form] ?? ''), form).toBeUndefined();
		const markdown = outsideCode(texts['markdown'] ?? '');
		expect.soft(markdown).not.toMatch(/(?<!\\)<|(?<!\\)\[|(?<!\w)[@#]\w|(?<!\\)`/u);
		expect.soft(() => JSON.parse(texts['json'] ?? '')).not.toThrow();
	});
});

describe('the terminal UI', () => {
	const open: Drawn[] = [];
	afterEach(() => {
		for (const drawn of open.splice(0)) drawn.unmount();
	});

	it('shows hostile evidence on every screen without a control character of it', async () => {
		const evidence = received(poisoned(everyField(), () => true));
		const diagnosis = diagnose(evidence);
		const changes = neededChanges(evidence, recommendStrategy(view(evidence)).strategy);
		const store = storeWith({evidence, diagnosis, changes});
		const drawn = await renderAtSize(
			<ThemeContext value={createTheme({colour: false, unicode: true})}>
				<App store={store} canSave canRepair onIntent={() => {}} />
			</ThemeContext>,
			160,
			50,
		);
		open.push(drawn);
		for (const keys of ['', '\r', '\u001B', 'd', ']', '\u001B', 'p', '\u001B', '\t\r', '\u001B']) {
			const before = drawn.frames();
			if (keys !== '') {
				drawn.type(keys);
				await drawn.until(() => drawn.frames() > before);
			}

			const frame = drawn
				.frame()
				.replaceAll('\n', '')
				.replaceAll(/\u001B\[[\d;]*m/gu, '');
			expect(raw.exec(frame)?.[0].codePointAt(0)?.toString(16), keys).toBeUndefined();
			for (const line of drawn.lines()) expect(line).not.toMatch(/^FORGED/u);
		}
	});
});
