import {textWidth} from '../layout.ts';
import {askingName, withKey, type TypedName} from '../repair/typed-name.ts';
import {withScreen, ask, follow, repairOf, wizardTrail} from '../repair/wizard.ts';
import {countText, labelled, paragraph} from '../writing.ts';
import type {ScreenDefinition} from './screen.ts';
import {defineText, type Scrolled} from './text-screen.tsx';

type Here = Scrolled<'name'> & TypedName;

const typedOn = ({text}: Here): string => text ?? '';

/** Second page of the wizard: what is about to happen, and the name of the cluster to be typed. */
export const name: ScreenDefinition<'name', Here> = defineText({
	name: 'name',
	title: 'the repair',
	isApart: true,
	keys: [
		{
			keys: ['enter'],
			label: 'repair, once the whole name is typed',
			footer: {word: 'repair', rank: 2},
			act({screen, state, view}) {
				const repair = repairOf(view);
				if (repair === null || repair.prepared === null) return undefined;
				// Only the whole name counts: yes is typed too easily in the wrong window.
				return typedOn(screen).trim() === repair.clusterName
					? {state: withScreen(state, {name: 'run', offset: follow}), intent: ask({do: 'run'})}
					: {state: {...state, screen: {...screen, isWrong: true, offset: follow}}};
			},
		},
	],
	isTyping: () => true,
	typed({screen, state}, key) {
		const next = withKey(screen, typedOn(screen), key);
		return next && {state: {...state, screen: next}};
	},
	write({screen, view}) {
		const repair = repairOf(view);
		const width = textWidth(view.columns);
		const head = {title: 'Repair', trail: wizardTrail('name')};
		if (!repair?.prepared) return {...head, lines: paragraph('No plan is ready: go back.', width, 0, 'muted')};
		const {plan, binaries} = repair.prepared;
		const warnings = plan.warnings.length + binaries.flatMap(binary => binary.warnings).length;
		const above = [
			...paragraph(plan.summary === '' ? 'Only the last steps of the run remain.' : plan.summary, width, 0, 'strong'),
			...labelled('on', plan.server, width, {labelWidth: 8}),
			...labelled('warnings', warnings === 0 ? 'none' : `${countText(warnings, 'warning')}; esc shows them again`, width, {
				tone: warnings === 0 ? 'plain' : 'doubtful',
			}),
			...labelled('undo', 'b on the next page, or kubectl hostport rollback, also from another machine', width, {labelWidth: 8}),
		];
		return {...head, ...askingName(above, screen, typedOn(screen), repair, width, view.signs)};
	},
});
