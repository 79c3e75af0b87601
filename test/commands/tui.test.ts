import path from 'node:path';
import {expect, it} from 'vitest';
import {textOptions} from '../../source/commands/check.ts';
import {isForScreens, tui} from '../../source/commands/tui.ts';
import {contextAt} from '../support/context.ts';

const scene = path.join(import.meta.dirname, '..', 'evidence', 'scenes', 'two-causes.json');

it('screens are for a terminal, and for no flag of check’s text', () => {
	const isMeant = (isTTY: boolean, typed: object): boolean => isForScreens(contextAt(isTTY, {typed: {...typed}}).context);
	expect(isMeant(true, {})).toBe(true);
	expect(isMeant(true, {selector: 'a=b', save: 'file'})).toBe(true);
	expect(isMeant(false, {})).toBe(false);
	for (const name of Object.keys(textOptions)) expect(isMeant(true, {[name]: 'x', selector: 'a=b'}), name).toBe(false);
});

it.each([
	['without a terminal', false, {}],
	['where a form is asked for', true, {output: 'table'}],
	['where standard output is for the evidence', true, {save: '-'}],
])('is check %s', async (_, isTTY, more) => {
	const typed = {from: scene, ...more};
	const {context, written} = contextAt(isTTY, {typed});
	expect(await tui.run(typed, context)).toBe(1);
	expect(written.stdout).toContain('save' in more ? '"kind": "Evidence"' : 'node-1');
});

it('before screens are drawn it says what none of them can mend, and shows no line of check’s', async () => {
	const {context, written} = contextAt(true);
	await expect(tui.run({kubeconfig: '/nowhere'}, context)).rejects.toThrow('/nowhere');
	expect(written).toEqual({stdout: '', stderr: ''});
});
