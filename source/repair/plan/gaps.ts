import {ActionableError} from '../../errors.ts';
import type {Evidence, Gap} from '../../evidence/evidence.ts';

// By the names that the readers give (evidence/objects/).
const daemonSets = /^DaemonSets\b/u;
const agents = /^(?:Cilium )?agent/iu;

/**
 * What else a plan depends on: without nodes or pods no workload is restarted, without Services none is guarded, without the kinds of
 * cilium.io nobody sees the settings of single nodes.
 */
const needed = /^(?:nodes|pods\b.*|services|events\b.*|CiliumNodeConfigs|kinds of .*|ConfigMap .*\/cilium-config)$/iu;

/** What a repair is planned from and could not be read. A plan made without it is short of steps, and nobody would notice. */
export function planGaps({gaps}: Pick<Evidence, 'gaps'>): readonly Gap[] {
	return gaps.filter(({what}) => [daemonSets, agents, needed].some(each => each.test(what)));
}

/** @throws ActionableError where the plan has holes, and nobody is there to read the warnings */
export function assertNoGaps(evidence: Pick<Evidence, 'gaps'>): void {
	const gaps = planGaps(evidence);
	if (gaps.length > 0) throw unread(gaps, 'the plan depends on it', '; without --yes, fix asks in a terminal');
}

/**
 * A rollback asks for the agents and their DaemonSet, and for nothing else: it is what helps when little can be read.
 * @throws ActionableError where it could not restart the agents, or would not know which Cilium a run is of
 */
export function assertCiliumSeen({cilium, nodes, gaps}: Pick<Evidence, 'cilium' | 'nodes' | 'gaps'>): void {
	const isSeen = (cilium?.daemonSet ?? null) !== null;
	const hasAgents = nodes.some(({agent}) => agent !== null);
	const blind = gaps.filter(({what}) => (!hasAgents && agents.test(what)) || (!isSeen && daemonSets.test(what)));
	if (blind.length > 0) throw unread(blind, 'a rollback depends on it', '');
}

function unread([first, ...more]: readonly Gap[], why: string, otherwise: string): ActionableError {
	const {what = '', reason = '', hint = ''} = first ?? {};
	return new ActionableError(
		`${what} could not be read: ${reason}${more.length === 0 ? '' : `; and ${more.map(each => each.what).join(', ')}`}`,
		`Nothing was changed: ${why}. ${hint === '' ? 'Run the command again' : `To do: ${hint}`}${otherwise}`,
	);
}
