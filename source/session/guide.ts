import {UsageError} from '../errors.ts';
import {didYouMean} from '../near-names.ts';
import type {Choice, Plan} from '../repair/plan/plan.ts';
import {assertSourceNamed, assertSources} from '../repair/sources/index.ts';
import {count} from '../words.ts';
import type {Dialogue} from './dialogue.ts';
import {needsPortmap, type SourceOffer} from './source-offers.ts';

type Choose = Dialogue['choose'];
type Wanted = Pick<Partial<Choice>, 'strategy'> & {readonly sources: readonly string[]};

/** How often one question is asked before its last wrong answer ends the command. */
const asks = 3;

/** What a person has chosen, and the plan for it. */
export type Guided = {readonly chosen: Partial<Choice>; readonly plan: Plan};

/**
 * Asks for the strategy, and then for the source of portmap, as the wizard does: each where no flag has said it, and where there is something to choose.
 * Nothing is asked where nobody is there to answer, or where the plan is refused or has no steps.
 * @param wanted what flags say
 * @throws UsageError for an answer that is no strategy or no source and was asked for three times; nothing was changed
 */
export async function guided(
	{isUnasked, choose, say}: Pick<Dialogue, 'isUnasked' | 'choose' | 'say'>,
	planFor: (more: Partial<Choice>) => Plan,
	wanted: Wanted,
	offers: readonly SourceOffer[],
): Promise<Guided> {
	const first = planFor({});
	if (isUnasked || first.refusals.length > 0 || first.steps.length === 0) return {chosen: {}, plan: first};
	const strategy = wanted.strategy ?? (await answered(say, async () => askedStrategy(first, choose)));
	const [chosen, plan] = strategy === first.choice.strategy ? [{}, first] : [{strategy}, planFor({strategy})];
	const isNamed = wanted.sources.length > 0 || plan.refusals.length > 0;
	const sources = isNamed ? undefined : await answered(say, async () => askedSources(plan, choose, offers));
	if (sources === undefined) return {chosen, plan};
	const whole = {...chosen, sources};
	return {chosen: whole, plan: planFor(whole)};
}

/** A word mistyped is no reason to look at the whole cluster once more: says what is wrong with it, and asks again. */
async function answered<Answer>(say: Dialogue['say'], ask: () => Promise<Answer>): Promise<Answer> {
	for (let asked = 1; ; asked++) {
		try {
			return await ask();
		} catch (error) {
			if (!(error instanceof UsageError) || asked === asks) throw error;
			say(`${error.message}\n${error.hint}`);
		}
	}
}

async function askedStrategy({options, choice}: Plan, choose: Choose): Promise<Choice['strategy']> {
	const possible = options.filter(each => each.possible);
	if (possible.length < 2) return choice.strategy;
	const rows = possible.map(
		({strategy, recommended, reason, effects}) => [strategy, recommended ? `recommended: ${reason}` : effects.join('; ')] as const,
	);
	const typed = await choose({title: 'What should serve hostPort', rows, what: 'Strategy'}, choice.strategy);
	const found = possible.find(({strategy}) => strategy === typed);
	if (found !== undefined) return found.strategy;
	const known = possible.map(({strategy}) => strategy);
	throw new UsageError(
		`there is no strategy ${typed}${didYouMean(typed, known)}`,
		`Nothing was changed. Strategies here: ${known.join(', ')}.`,
	);
}

/** Undefined where none is needed, or the usual one is chosen. */
async function askedSources(plan: Plan, choose: Choose, offers: readonly SourceOffer[]): Promise<readonly string[] | undefined> {
	if (!needsPortmap(plan)) return undefined;
	const lacking = plan.steps.filter(({node, binaries}) => node !== '' && binaries.length > 0).length;
	const rows = [
		...offers.map(({source, says}) => [source, says] as const),
		['FILE', 'or node:NAME, image:REF, an https URL; several with commas between, one for each architecture'] as const,
	];
	const usual = (plan.choice.sources ?? []).join(', ');
	const who =
		lacking === 0 ? 'The DaemonSet installs portmap' : `${count(lacking, 'node')} ${lacking === 1 ? 'has' : 'have'} no working portmap`;
	const title = `${who}. Choose where to get it`;
	const typed = await choose({title, rows, what: 'Source'}, usual);
	assertSourceNamed(typed);
	if (typed === usual) return undefined;
	const sources = typed.split(/,\s*/u);
	await assertSources(sources);
	return sources;
}
