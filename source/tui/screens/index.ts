import {commonKeys} from './common-keys.ts';
import {diff} from './diff.tsx';
import {evidence} from './evidence.tsx';
import {finding} from './finding.tsx';
import {helpScreen, type HelpScreen} from './help.tsx';
import {hostPort} from './host-port.tsx';
import {hostPorts} from './host-ports.tsx';
import {name} from './name.tsx';
import {node} from './node.tsx';
import {overview} from './overview.tsx';
import {pastRun} from './past-run.tsx';
import {plan} from './plan.tsx';
import {proof} from './proof.tsx';
import {run} from './run.tsx';
import {runs} from './runs.tsx';
import type {Binding, ScreenDefinition} from './screen.ts';
import {rollback} from './undo.tsx';

/** Every screen but the help, one row each; the keys that open them stand in the footer in this order. */
const rows = [overview, node, finding, evidence, diff, hostPort, hostPorts, proof, plan, name, run, rollback, runs, pastRun] as const;

/** An open screen and what it remembers. */
export type Screen = NonNullable<(typeof rows)[number]['remembers']> | HelpScreen;

/** All screens, in the order of help. */
export const screens: readonly ScreenDefinition[] = [...rows, helpScreen(() => screens, bindingsOf)];

const byName = new Map(screens.map(screen => [screen.name, screen]));

/** The row of a screen. @throws Error for a name that no row has */
export function definitionOf({name}: Pick<Screen, 'name'>): ScreenDefinition {
	const found = byName.get(name);
	if (found === undefined) throw new Error(`there is no screen ${name}`);
	return found;
}

/** The keys of a screen: its own, those that open others, those that all have. Of two that are the same the first counts. */
export function bindingsOf(screen: ScreenDefinition): readonly Binding[] {
	const openers = screens.flatMap(({opener, name}) => (opener === undefined || name === screen.name ? [] : [opener]));
	const isHelp = ({keys}: Binding): boolean => keys.includes('?');
	return [...screen.keys, ...(screen.isApart ? [] : openers.filter(each => !isHelp(each))), ...commonKeys(screen, openers.filter(isHelp))];
}
