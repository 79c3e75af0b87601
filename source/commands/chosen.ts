import {choiceRows, type ChoiceName, type Chosen, type choices} from '../choices.ts';
import {decision, node, nodes, texts, type Option} from '../command-line/option.ts';

/** The options that the choices of a repair are, by their own names. */
type ChoiceOptions = {
	readonly [Name in ChoiceName as (typeof choices)[Name]['option']]: Option<Required<Chosen>[Name] | undefined>;
};

const optionOf = {
	yes: decision,
	node,
	nodes,
	texts: ({value = '', ...row}: {help: string; value?: string; completes?: 'file'}) => texts({...row, value}),
};

/** In the order of the rows. */
export const choiceOptions = Object.fromEntries(
	choiceRows.map(({is, option, help, value, completes}) => [
		option,
		optionOf[is]({help, ...(value !== undefined && {value}), ...(completes !== undefined && {completes})}),
	]),
) as unknown as ChoiceOptions;

/** What was chosen by flags; what holds otherwise where nothing was typed. */
export function chosenBy(values: {readonly [Name in keyof ChoiceOptions]: unknown}): Chosen {
	const given: Readonly<Record<string, unknown>> = values;
	const chosen = choiceRows.map(({name, option, otherwise}) => [name, given[option] ?? otherwise] as const);
	return Object.fromEntries(chosen.filter(([, value]) => value !== undefined));
}
