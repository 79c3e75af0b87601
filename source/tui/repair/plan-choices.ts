import type {Strategy} from '../../diagnosis/strategy.ts';
import {span, type Line} from '../line.ts';
import {cut, pad, widthOf} from '../text-width.ts';
import type {Signs} from '../theme.ts';
import {listed} from '../../words.ts';
import {heading, labelled} from '../writing.ts';
import {binaryLines} from './binary-lines.ts';
import {refusalLines} from './page-parts.ts';
import type {Block, PlanScreen, Row} from './plan-rows.ts';
import type {Extra, Repair} from './values.ts';
import {ask, follow, preparedOf} from './wizard.ts';

const about: Readonly<Record<Strategy, string>> = {portmap: 'the portmap plugin, chained behind Cilium', native: "Cilium's own eBPF"};

/** Which mechanism is to serve hostPorts. */
export function strategyBlocks({plans, chosen: choice}: Repair, width: number, signs: Signs): readonly Block[] {
	const rows = (['portmap', 'native'] as const).map((strategy): Row => {
		const option = plans?.[strategy].options.find(each => each.strategy === strategy);
		const refusals = plans?.[strategy].refusals ?? [];
		const isTaken = (choice?.strategy ?? 'portmap') === strategy;
		const isPossible = refusals.length === 0;
		const says = !isPossible
			? 'not possible here'
			: plans?.[strategy].steps.length === 0
				? 'needs no change'
				: `${option?.recommended === true ? 'recommended. ' : ''}${option?.reason || about[strategy]}`;
		return {
			key: `strategy ${strategy}`,
			lines: [
				...labelled(`    ${radio(isTaken, signs)} ${pad(strategy, 7)}`, says, width, {
					labelTone: isTaken ? 'accent' : 'plain',
					tone: isPossible ? 'plain' : 'bad',
				}),
				...(isTaken || !isPossible ? refusalLines(refusals, width, signs, 8) : []),
			],
			word: 'choose',
			act: ({state}) => (isPossible && !isTaken ? {state, intent: ask({do: 'choose', strategy})} : undefined),
		};
	});
	return [{lines: heading('  Strategy')}, ...rows];
}

const radio = (isTaken: boolean, {chosen: sign}: Signs): string => `(${isTaken ? sign : ' '})`;

/** Where the binary comes from: asked only where a node lacks it. */
export function sourceBlocks({text}: PlanScreen, repair: Repair, width: number, signs: Signs): readonly Block[] {
	const {plans, offers, chosen: choice} = repair;
	const strategy = choice?.strategy ?? 'portmap';
	if (plans?.[strategy].steps.some(({binaries}) => binaries.length > 0) !== true) return [];
	const isOther = choice !== null && choice.source !== '' && offers.every(({source}) => source !== choice.source);
	const labelWidth = Math.min(Math.floor(width / 2), Math.max(16, ...offers.map(({source}) => widthOf(source))));
	const line = (label: string, isTaken: boolean, says: string): Line => [
		span(`    ${radio(isTaken, signs)} ${pad(cut(label, labelWidth, signs.cut), labelWidth)}`, isTaken ? 'accent' : 'plain'),
		span(`  ${cut(says, Math.max(0, width - labelWidth - 10), signs.cut)}`, 'muted'),
	];
	const other: Row = {
		key: 'source another',
		lines:
			text === null
				? [line(isOther ? (choice?.source ?? '') : 'another', isOther, forms)]
				: [[span('  portmap from  ', 'accent'), span(text, 'strong'), span('_', 'selected')], [span(`  ${forms}`, 'muted')]],
		word: 'type it',
		act: ({screen, state}) => ({
			state: {...state, screen: {...screen, text: isOther ? (choice?.source ?? '') : '', row: 'source another', offset: follow}},
		}),
	};
	return [
		{lines: heading('  portmap from')},
		...offers.map(({source, says}): Row => ({
			key: `source ${source}`,
			lines: [line(source, choice?.source === source, says)],
			word: 'choose',
			act: ({state}) => (choice?.source === source ? undefined : {state, intent: ask({do: 'choose', source})}),
		})),
		other,
		...(preparedOf(repair)?.binaries ?? []).map(binary => ({
			lines: binaryLines(binary, width - 6, signs).map(each => [span('      '), ...each]),
		})),
	];
}

const forms = 'FILE, node:NAME, image:REF, release:VERSION or https://…; several with commas';

const mostNames = 5;

/** What may be added to the choice. */
export function extraBlocks({extras}: Repair, width: number): readonly Block[] {
	if (extras.length === 0) return [];
	const namesOf = ({names}: Extra): string => (names.length === 0 ? '' : `: ${listed(names, mostNames)}`);
	return [
		{lines: heading('  Options')},
		...extras.map((extra): Row => ({
			key: `extra ${extra.what}`,
			lines: labelled(`    [${extra.isOn ? 'x' : ' '}]`, `${extra.says}${namesOf(extra)}`, width, {
				labelTone: extra.isOn ? 'accent' : 'plain',
			}),
			word: extra.isOn ? 'deselect' : 'select',
			act: ({state}) => ({state, intent: ask({do: 'toggle', what: extra.what})}),
		})),
	];
}
