import {expect, it} from 'vitest';
import {didYouMean} from '../source/near-names.ts';

const names = ['check', 'diff', 'fix', 'verify'];

it.each([
	['chek', '; did you mean check?'],
	['chcek', '; did you mean check?'],
	['CHECK', '; did you mean check?'],
	['dix', '; did you mean fix?'],
	['fif', '; did you mean fix?'],
	['verfiy', '; did you mean verify?'],
	['foo', ''],
	['xyff', ''],
	['dfif', '; did you mean diff?'],
	['node-check', ''],
	['chec-k-1', ''],
	['worker-1', ''],
	['', ''],
])('«%s» is near to: %s', (typed, meant) => {
	expect(didYouMean(typed, names)).toBe(meant);
});
