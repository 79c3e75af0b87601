import type {ReactNode} from 'react';
import type {Refusal} from '../../diagnosis/refusals.ts';
import type {Strategy} from '../../diagnosis/strategy.ts';
import {Told} from '../components/told.tsx';
import {pad, widthOf} from '../text-width.ts';
import type {Signs} from '../theme.ts';
import {listed} from '../../words.ts';
import type {Row} from './plan-rows.tsx';
import type {Repair} from './values.ts';
import {ask, follow} from './wizard.ts';

const about: Readonly<Record<Strategy, string>> = {portmap: 'the portmap plugin, chained behind Cilium', native: "Cilium's own eBPF"};

const radio = (isTaken: boolean, {chosen: sign}: Signs): string => `(${isTaken ? sign : ' '})`;

/** Which mechanism is to serve hostPorts. An unfinished run has its own. */
export function strategyRows({plans, chosen: choice, unfinished}: Repair, signs: Signs): readonly Row[] {
	if (unfinished !== null) return [];
	return (['portmap', 'native'] as const).map((strategy): Row => {
		const option = plans?.[strategy].options.find(each => each.strategy === strategy);
		const refusals = plans?.[strategy].refusals ?? [];
		const isTaken = (choice?.strategy ?? 'portmap') === strategy;
		const isPossible = refusals.length === 0;
		return {
			key: `strategy ${strategy}`,
			label: `${radio(isTaken, signs)} ${pad(strategy, 7)}`,
			labelTone: isTaken ? 'accent' : 'plain',
			text: !isPossible
				? 'not possible here'
				: plans?.[strategy].steps.length === 0
					? 'needs no change'
					: `${option?.recommended === true ? 'recommended. ' : ''}${option?.reason || about[strategy]}`,
			tone: isPossible ? 'plain' : 'bad',
			below: <Refusals all={refusals} indent={8} />,
			word: 'choose',
			act: ({state}) => (isPossible && !isTaken ? {state, intent: ask({do: 'choose', strategy})} : undefined),
		};
	});
}

/** Why something is not done, and what to do about it. */
export function Refusals({all, indent}: {readonly all: readonly Refusal[]; readonly indent: number}): ReactNode {
	return all.map(({code, message, hint}, index) => (
		<Told key={index} message={`${code === '' ? '' : `${code}: `}${message}`} hint={hint} indent={indent} />
	));
}

/** The forms of a source that can be typed. */
export const sourceForms = 'FILE, node:NAME, image:REF, release:VERSION or https://…; several with commas';

/** The row on which a source is typed. */
export const otherSource = 'source another';

/** Where the binary comes from: asked only where a node lacks it. */
export function sourceRows({plans, offers, chosen: choice}: Repair, signs: Signs): readonly Row[] {
	const strategy = choice?.strategy ?? 'portmap';
	if (plans?.[strategy].steps.some(({binaries}) => binaries.length > 0) !== true) return [];
	const isOther = choice !== null && choice.source !== '' && offers.every(({source}) => source !== choice.source);
	const labelWidth = Math.max(16, ...offers.map(({source}) => widthOf(source)));
	const row = (label: string, isTaken: boolean, text: string): Pick<Row, 'label' | 'labelTone' | 'text' | 'tone'> => ({
		label: `${radio(isTaken, signs)} ${pad(label, labelWidth)}`,
		labelTone: isTaken ? 'accent' : 'plain',
		text,
		tone: 'muted',
	});
	return [
		...offers.map(({source, says}): Row => ({
			key: `source ${source}`,
			...row(source, choice?.source === source, says),
			word: 'choose',
			act: ({state}) => (choice?.source === source ? undefined : {state, intent: ask({do: 'choose', source})}),
		})),
		{
			key: otherSource,
			...row(isOther ? choice.source : 'another', isOther, sourceForms),
			word: 'type it',
			act: ({screen, state}) => ({
				state: {...state, screen: {...screen, text: isOther ? choice.source : '', row: otherSource, offset: follow}},
			}),
		},
	];
}

const mostNames = 5;

/** What may be added to the choice. */
export function extraRows({extras}: Repair): readonly Row[] {
	return extras.map(({what, says, names, isOn}): Row => ({
		key: `extra ${what}`,
		label: `[${isOn ? 'x' : ' '}]`,
		labelTone: isOn ? 'accent' : 'plain',
		text: `${says}${names.length === 0 ? '' : `: ${listed(names, mostNames)}`}`,
		word: isOn ? 'deselect' : 'select',
		act: ({state}) => ({state, intent: ask({do: 'toggle', what})}),
	}));
}
