import {ActionableError} from '../../errors.ts';
import type {Evidence, Gap} from '../../evidence/evidence.ts';

/**
 * What a repair is planned from and could not be read. A plan made without it is short of steps, and nobody would notice: without nodes or
 * pods no workload is restarted, without Services none is guarded, without the kinds of cilium.io nobody sees the settings of single nodes.
 */
export function planGaps({gaps}: Pick<Evidence, 'gaps'>): readonly Gap[] {
	return gaps.filter(({of}) => of !== undefined);
}

/** @throws ActionableError where the plan has holes, and nobody is there to read the warnings */
export function assertNoGaps(evidence: Pick<Evidence, 'gaps'>): void {
	const gaps = planGaps(evidence);
	if (gaps.length > 0) throw unread(gaps, 'the plan depends on it', '. Or run fix in a terminal without --yes to decide yourself');
}

/**
 * A rollback asks for the agents and their DaemonSet, and for nothing else: it is what helps when little can be read.
 * @throws ActionableError where it could not restart the agents, or would not know which Cilium a run is of
 */
export function assertCiliumSeen({cilium, nodes, gaps}: Pick<Evidence, 'cilium' | 'nodes' | 'gaps'>): void {
	const isSeen = (cilium?.daemonSet ?? null) !== null;
	const hasAgents = nodes.some(({agent}) => agent !== null);
	const blind = gaps.filter(({of}) => (!hasAgents && of === 'agents') || (!isSeen && of === 'daemonsets'));
	if (blind.length > 0) throw unread(blind, 'a rollback depends on it', '');
}

function unread([first, ...more]: readonly Gap[], why: string, otherwise: string): ActionableError {
	const {what = '', reason = '', hint = ''} = first ?? {};
	return new ActionableError(
		`${what} could not be read: ${reason}${more.length === 0 ? '' : `; and ${more.map(each => each.what).join(', ')}`}`,
		`Nothing was changed: ${why}. ${hint || 'Run the command again'}${otherwise}`,
	);
}
