// What commands do that ask no cluster, and what they refuse before they ask one.
import {expect, it} from 'vitest';
import {chosenBy} from '../../source/commands/chosen.ts';
import {explanations} from '../../source/diagnosis/explanations.ts';
import {completionScripts} from '../../source/output/completion-scripts.ts';
import {explain} from '../../source/commands/explain.ts';
import {runHere} from '../support/program.ts';

const nowhere = {KUBECONFIG: '/nowhere'};

it.each([
	[['completion'], 'completion needs a shell'],
	[['completion', 'bsh'], 'there is no completion for "bsh"; did you mean bash'],
	[['manifest'], 'manifest needs a kind'],
	[['manifest', 'init-script', '-o', 'json'], 'an init script is not an object'],
	[['explain', 'HP99'], 'there is no code HP99'],
	[['check', '--watch', '--from', 'x'], '--watch cannot be used with --from'],
	[['check', '--watch', '-o', 'junit'], '--watch cannot be used with -o junit'],
	[['check', '--watch', '-o', 'jsonpath={.kind}'], '--watch cannot be used with -o jsonpath'],
] as const)('%j is wrong usage', async (words, says) => {
	const {code, output, errors} = await runHere(words, nowhere);
	expect({code, output}).toEqual({code: 2, output: ''});
	expect(errors).toContain(says);
});

it.each([[[]], [['-o', 'json']]])('check --watch %j watches a cluster: without one it fails by that', async flags => {
	const {code, output, errors} = await runHere(['check', '--watch', ...flags], nowhere);
	expect({code, output}).toEqual({code: 2, output: ''});
	expect(errors).not.toContain('--watch cannot');
	expect(errors).toContain('/nowhere');
});

it.each(Object.entries(completionScripts))('completion %s prints its script', async (shell, script) => {
	expect(await runHere(['completion', shell], nowhere)).toEqual({code: 0, output: script, errors: ''});
});

it('options lists the flags of every command', async () => {
	const {code, output} = await runHere(['options'], nowhere);
	expect(code).toBe(0);
	expect(output).toMatch(/^Flags of every command:\n\n[^]*--kubeconfig\b/u);
});

it('explain lists all codes, or tells of one, as text and as an object', async () => {
	const list = await runHere(['explain'], nowhere);
	expect(list.output.split('\n').map(line => line.split(' ')[0])).toEqual([...explanations.map(({code}) => code), '']);
	const {items} = JSON.parse((await runHere(['explain', '-o', 'json'], nowhere)).output) as {items: unknown[]};
	expect(items).toHaveLength(explanations.length);
	expect((await runHere(['explain', 'hp02'], nowhere)).output).toMatch(/^HP02 {2}\S/u);
	expect(JSON.parse((await runHere(['explain', 'hp02', '-o', 'json'], nowhere)).output)).toMatchObject({kind: 'Explanation', code: 'HP02'});
});

it('manifest rbac prints roles as text with its comments, or as a List', async () => {
	expect((await runHere(['manifest', 'rbac'], nowhere)).output).toContain('kind: ClusterRole\n');
	expect(JSON.parse((await runHere(['manifest', 'rbac', '-o', 'json'], nowhere)).output)).toMatchObject({kind: 'List'});
});

it('what is chosen by flags goes by the names of the choices; what nobody has typed is as its row says, or undecided', () => {
	const nothing = {portmap: undefined, canary: undefined, skip: undefined, allowBarePods: undefined, daemonset: undefined};
	expect(chosenBy(nothing)).toStrictEqual({allowBarePods: false});
	expect(chosenBy({...nothing, portmap: ['x'], canary: 'node-1', skip: ['node-2'], allowBarePods: true, daemonset: false})).toEqual({
		sources: ['x'],
		canary: 'node-1',
		leaveOut: ['node-2'],
		allowBarePods: true,
		daemonSet: false,
	});
});

it('each example of explain ends well, and every field that one names is there', async () => {
	for (const [, words] of explain.examples ?? []) {
		const {code, output} = await runHere(['explain', ...words.split(' ').filter(Boolean)], nowhere);
		expect(code, words).toBe(0);
		expect(output, words).not.toContain('<none>');
	}
});
