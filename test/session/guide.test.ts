import {describe, expect, it} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {makePlan} from '../../source/repair/plan/make-plan.ts';
import type {Choice} from '../../source/repair/plan/plan.ts';
import type {Offered} from '../../source/session/dialogue.ts';
import {guided} from '../../source/session/guide.ts';
import {offersFor} from '../../source/session/source-offers.ts';
import {pathlessEvidence} from '../diagnosis/scenes.ts';

const evidence = pathlessEvidence();
const diagnosis = diagnose(evidence);

/** Answers by what is asked for; Enter where it has no answer. */
async function guide(answers: Readonly<Record<string, string | string[]>>, given: Partial<Choice> = {}, isUnasked = false) {
	const asked: Offered[] = [];
	const told: string[] = [];
	const choose = async (offered: Offered, usual: string): Promise<string> => {
		const nth = asked.filter(({what}) => what === offered.what).length;
		asked.push(offered);
		return [answers[offered.what] ?? []].flat().at(nth) ?? usual;
	};
	let plans = 0;
	const planFor = (more: Partial<Choice>) => {
		plans += 1;
		return makePlan(evidence, diagnosis, {strategy: 'portmap', sources: [], ...given, ...more});
	};
	const {chosen, plan} = await guided(
		{isUnasked, choose, say: line => told.push(line)},
		planFor,
		{sources: [], ...given},
		offersFor({evidence}, []),
	);
	return {chosen, asked, told, plan, plans};
}

describe('fix in a terminal', () => {
	it('asks for the strategy first, and then for the source that the nodes lack', async () => {
		const {chosen, asked} = await guide({Source: 'release:1.9.1'});
		expect(chosen).toEqual({sources: ['release:1.9.1']});
		expect(asked.map(({what}) => what)).toEqual(['Strategy', 'Source']);
		expect(asked[0]?.rows.map(([word]) => word)).toEqual(['portmap', 'native']);
		expect(asked[1]?.title).toMatch(/^\d+ nodes? ha(?:s|ve) no working portmap/u);
		expect(asked[1]?.rows.map(([word]) => word)).toEqual(['release:1.9.1', 'FILE']);
	});

	it('asks for no source where the strategy needs none', async () => {
		const {chosen, asked} = await guide({Strategy: 'native'});
		expect(chosen).toEqual({strategy: 'native'});
		expect(asked.map(({what}) => what)).toEqual(['Strategy']);
	});

	it('takes several sources, and none for none: that is said before the plan', async () => {
		expect((await guide({Source: 'release:1.9.1, node:node-1'})).chosen.sources).toEqual(['release:1.9.1', 'node:node-1']);
		await expect(guide({})).rejects.toThrow('this repair needs a source for the portmap binary');
	});

	it.each([
		[{Strategy: 'portmpa'}, 'there is no strategy portmpa; did you mean portmap?'],
		[{Source: 'realease:1.9.1'}, 'there is no source realease:'],
		[{Source: '/no/such/file'}, '/no/such/file cannot be read'],
	])('says what is wrong with %j and asks again', async (answers, says) => {
		const [[what, typed]] = Object.entries(answers) as [[string, string]];
		const {chosen, told, asked} = await guide({Source: 'release:1.9.1', [what]: [typed, what === 'Source' ? 'release:1.9.1' : 'portmap']});
		expect(chosen).toEqual({sources: ['release:1.9.1']});
		expect(asked.filter(each => each.what === what)).toHaveLength(2);
		expect(told).toHaveLength(1);
		expect(told[0]).toContain(says);
		expect(told[0]?.split('\n')).toHaveLength(2);
	});

	it('ends by the third wrong answer', async () => {
		await expect(guide({Strategy: ['a', 'b', 'c', 'portmap']})).rejects.toThrow('there is no strategy c');
	});

	it('asks nothing that flags have said, and nothing where nobody is there', async () => {
		const given = {strategy: 'portmap', sources: ['release:1.9.1']} as const;
		expect(await guide({}, given)).toMatchObject({chosen: {}, asked: [], told: []});
		expect(await guide({}, {}, true)).toMatchObject({chosen: {}, asked: [], told: []});
		expect(await guide({}, {canary: 'no-such-node'})).toMatchObject({chosen: {}, asked: [], told: []});
	});

	it('asks for a source too where the DaemonSet alone needs one', async () => {
		const whole = makePlan(evidence, diagnosis, {strategy: 'portmap', sources: [], daemonSet: true});
		const plan = {...whole, steps: whole.steps.filter(({node}) => node === '')};
		const titles: string[] = [];
		const choose = async ({title}: Offered): Promise<string> => {
			titles.push(title);
			return 'release:1.9.1';
		};
		const {chosen} = await guided({isUnasked: false, choose, say() {}}, () => plan, {strategy: 'portmap', sources: []}, []);
		expect([titles, chosen.sources]).toEqual([['The DaemonSet installs portmap. Choose where to get it'], ['release:1.9.1']]);
	});

	it('plans once, and once more for an answer that is not the usual one', async () => {
		expect((await guide({Source: 'release:1.9.1'})).plans).toBe(2);
		const {plan, plans} = await guide({Strategy: 'native'});
		expect([plan.choice.strategy, plans]).toEqual(['native', 2]);
		expect((await guide({}, {strategy: 'portmap', sources: ['release:1.9.1']})).plans).toBe(1);
	});
});
