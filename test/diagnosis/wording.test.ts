import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {recordedScenes} from '../support/recorded-scenes.ts';
import * as causeScenes from './cause-scenes.ts';
import {distributionInputs} from './distribution-inputs.ts';
import {furtherInputs} from './further-inputs.ts';
import {reportedInputs} from './reported-inputs.ts';
import {variants} from './variants.ts';

// How findings are written (docs/words.md), over every input, variant and scene of these tests.

const recorded = recordedScenes.map(([, evidence]) => evidence);
const made = [...reportedInputs, ...distributionInputs, ...furtherInputs, ...variants].map(({make}) => make());
const scenes: Evidence[] = Object.values(causeScenes).map(make => make());
const findings = [...recorded, ...made, ...scenes].flatMap(evidence => diagnose(evidence).findings);

test('a title is one line of at most 90 characters', () => {
	expect([...new Set(findings.map(({title}) => title))].filter(title => title.length > 90 || /\n|\. /u.test(title))).toEqual([]);
});

test('a title has no word of several meanings', () => {
	expect(
		[...new Set(findings.map(({title}) => title))].filter(title => /\b(?:ways?|left|lists?|paths?|well|undo|wired)\b/u.test(title)),
	).toEqual([]);
});

/** What a remedy may begin with: what to do, under which condition, or that there is nothing to do. */
const beginning = new Set(
	'Add Allow Change Check Choose Delete Do Find Give If Install Keep Leave Load Make Name Nothing Read Reinstall Repair Restart Restore Run Set Turn Use Write kubectl'.split(
		' ',
	),
);

test('a remedy begins with what to do', () => {
	expect([...new Set(findings.map(({remedy}) => remedy))].filter(remedy => !beginning.has(remedy.split(' ')[0] ?? ''))).toEqual([]);
});
