import {expect, test} from 'vitest';
import {askedFor} from '../../source/session/questions.ts';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {makePlan} from '../../source/repair/plan/make-plan.ts';
import type {Choice} from '../../source/repair/plan/plan.ts';
import {pathlessEvidence} from '../diagnosis/scenes.ts';

const evidence = pathlessEvidence();
/** The first pod with a hostPort belongs to nobody. */
const withBarePod: Evidence = {
	...evidence,
	pods: evidence.pods.map((pod, index) => (index === 0 ? {...pod, owner: ''} : pod)),
};
const bare = `${withBarePod.pods[0]?.namespace}/${withBarePod.pods[0]?.name}`;

type Asked = {readonly chosen: Partial<Choice>; readonly said: string};

async function asked(
	answers: readonly string[],
	seen: Evidence,
	{isUnasked = false, given = {}}: {isUnasked?: boolean; given?: Partial<Choice>} = {},
): Promise<Asked> {
	let said = '';
	const left = [...answers];
	const agrees = async (question: string): Promise<boolean> => {
		said += question;
		return left.shift() === 'y';
	};
	const diagnosis = diagnose(seen);
	const planFor = (more: Partial<Choice>) => makePlan(seen, diagnosis, {strategy: 'portmap', sources: ['/tmp/portmap'], ...given, ...more});
	const {choice} = await askedFor({isUnasked, agrees}, planFor({}), planFor);
	const isNew = ([name, value]: readonly [string, unknown]): boolean =>
		value === true && (name === 'allowBarePods' || name === 'daemonSet') && !(name in given);
	return {chosen: Object.fromEntries(Object.entries(choice).filter(isNew)), said};
}

test('a pod without an owner is asked for by its name, and so are nodes that join', async () => {
	const both = await asked(['y', 'y'], withBarePod);
	expect(both.chosen).toEqual({allowBarePods: true, daemonSet: true});
	expect(both.said).toContain(`Pods without an owner: ${bare}.`);
	expect((await asked(['n', 'y'], withBarePod)).chosen).toEqual({daemonSet: true});
	expect((await asked(['', ''], withBarePod)).chosen).toEqual({});
});

test('nothing is asked that a flag has decided, that there is none of, or where nobody is asked', async () => {
	expect((await asked(['n'], evidence)).said).not.toContain('Pods without an owner');
	const decided = await asked([], withBarePod, {given: {allowBarePods: true, daemonSet: false}});
	expect([decided.chosen, decided.said]).toEqual([{}, '']);
	expect(await asked([], withBarePod, {isUnasked: true})).toEqual({chosen: {}, said: ''});

	const refused = await asked([], withBarePod, {given: {canary: 'no-such-node'}});
	expect(refused.said).toBe('');
});

test('nothing is asked where the plan lacks a source of portmap: it cannot be carried out', async () => {
	expect(await asked(['y', 'y'], withBarePod, {given: {sources: []}})).toEqual({chosen: {}, said: ''});
});
