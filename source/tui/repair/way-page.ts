import {choiceRows} from '../../choices.ts';
import {heading, labelled, paragraph, type Document} from '../writing.ts';
import {span, type Line} from '../line.ts';
import type {Signs} from '../theme.ts';
import {points, refusalLines} from './page-parts.ts';
import type {RepairScreen} from './pages.ts';
import {strategyOf} from './screens.ts';
import type {Extra, Repair} from './values.ts';
import type {Strategy} from '../../diagnosis/strategy.ts';
import {listed} from '../../words.ts';

const mostNames = 5;

const about: Readonly<Record<Strategy, string>> = {
	portmap: 'the portmap plugin, chained behind Cilium',
	native: "Cilium's own eBPF",
};

/** Second page: the two ways, what each costs, and why one may be impossible here. */
export function wayPage(
	screen: Extract<RepairScreen, {name: 'repairWay'}>,
	repair: Repair,
	width: number,
	signs: Signs,
): Omit<Document, 'title'> {
	const {plans} = repair;
	if (plans === null) return {lines: paragraph('asking the cluster', width, 0, 'muted')};
	const chosen = strategyOf(screen, repair);
	const lines: Line[] = [];
	let focus = 0;
	if (plans.portmap.refusals.length > 0 && plans.native.refusals.length > 0)
		lines.push(...paragraph('Neither way is possible here:', width, 0, 'strong'), []);
	for (const strategy of ['portmap', 'native'] as const) {
		if (strategy === chosen) focus = lines.length;
		lines.push(...wayLines(strategy, repair, strategy === chosen, width, signs), []);
	}

	lines.push(...repair.extras.flatMap(extra => extraLines(extra, width, signs)));
	return {lines, focus: focus + 4};
}

function extraLines({what, names, isOn}: Extra, width: number, signs: Signs): readonly Line[] {
	const {key = '', says = ''} = choiceRows.find(({name}) => name === what)?.wizard ?? {};
	return labelled(`${key} ${isOn ? signs.good : signs.skipped}`, [says, listed(names, mostNames)].filter(Boolean).join(' '), width, {
		indent: 2,
		labelWidth: 3,
		labelTone: isOn ? 'doubtful' : 'accent',
		tone: isOn ? 'doubtful' : 'plain',
	});
}

function wayLines(strategy: Strategy, {plans}: Repair, isChosen: boolean, width: number, signs: Signs): readonly Line[] {
	const plan = plans?.[strategy];
	const option = plan?.options.find(each => each.strategy === strategy);
	const refusals = plan?.refusals ?? [];
	const isPossible = refusals.length === 0;
	const verdict = isPossible ? `${signs.good} possible` : `${signs.bad} not possible here`;
	return [
		[
			span(`${isChosen ? signs.cursor : ' '} `, 'accent'),
			span(strategy, isChosen ? 'accent' : 'strong'),
			span(`  ${verdict}`, isPossible ? 'good' : 'bad'),
			span(option?.recommended === true ? ` ${signs.dot} recommended` : '', 'strong'),
			span(`  ${about[strategy]}`, 'muted'),
		],
		...(option?.reason ? paragraph(option.reason, width, 4) : []),
		...refusalLines(refusals, width, signs, 4),
		...(isPossible ? [...heading('    What it costs').slice(1), ...points(option?.costs ?? [], width, signs, 4)] : []),
		...(isPossible && plan?.steps.length === 0 ? paragraph('Nothing has to change for it.', width, 4, 'good') : []),
	];
}
