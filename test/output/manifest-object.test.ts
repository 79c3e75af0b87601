import {expect, it} from 'vitest';
import {manifestObject} from '../../source/output/manifest-object.ts';

it('is the only document itself, comments aside', () => {
	expect(manifestObject('# why\nkind: Role\nrules: []\n')).toEqual({kind: 'Role', rules: []});
});

it('is a List of several, in their order', () => {
	expect(manifestObject('kind: Role\n---\nkind: RoleBinding\n')).toEqual({
		apiVersion: 'v1',
		kind: 'List',
		items: [{kind: 'Role'}, {kind: 'RoleBinding'}],
	});
});
