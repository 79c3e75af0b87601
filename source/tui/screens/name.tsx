import type {ReactNode} from 'react';
import {Labelled} from '../components/labelled.tsx';
import {Prose} from '../components/prose.tsx';
import {AskedName, withKey, type TypedName} from '../repair/typed-name.tsx';
import type {PreparedRepair} from '../repair/values.ts';
import {withScreen, ask, follow, repairOf, wizardTrail} from '../repair/wizard.ts';
import {countText} from '../writing.ts';
import {definePage, type Scrolled} from './page-screen.tsx';
import type {ScreenDefinition} from './screen.ts';

type Here = Scrolled<'name'> & TypedName;

const labelWidth = 8;

const typedOn = ({text}: Here): string => text ?? '';

/** Second page of the wizard: what is about to happen, and the name of the cluster to be typed. */
export const name: ScreenDefinition<'name', Here> = definePage({
	name: 'name',
	title: 'the name of the cluster',
	isApart: true,
	keys: [
		{
			keys: ['enter'],
			label: 'repair, once the whole name is typed',
			footer: {word: 'repair', rank: 1},
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
	titled: () => wizardTrail('name'),
	Page({view}) {
		const prepared = repairOf(view)?.prepared ?? null;
		return prepared === null ? <Prose tone="muted">No plan is ready: go back.</Prose> : <Ahead {...prepared} />;
	},
	Foot({screen, view}) {
		const repair = repairOf(view);
		if (!repair?.prepared) return null;
		return <AskedName {...screen} {...repair} typed={typedOn(screen)} columns={view.columns} />;
	},
});

function Ahead({plan, binaries}: PreparedRepair): ReactNode {
	const warnings = plan.warnings.length + binaries.flatMap(binary => binary.warnings).length;
	return (
		<>
			<Prose tone="strong">{plan.summary === '' ? 'Only the last steps of the run remain.' : plan.summary}</Prose>
			<Labelled label="on" labelWidth={labelWidth}>
				{plan.server}
			</Labelled>
			<Labelled label="warnings" labelWidth={labelWidth} tone={warnings === 0 ? 'plain' : 'doubtful'}>
				{warnings === 0 ? 'none' : `${countText(warnings, 'warning')}; esc shows them again`}
			</Labelled>
			<Labelled label="undo" labelWidth={labelWidth}>
				b on the next page, or kubectl hostport rollback, also from another machine
			</Labelled>
		</>
	);
}
