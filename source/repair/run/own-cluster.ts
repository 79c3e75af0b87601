import {ActionableError, exitCode} from '../../errors.ts';
import type {Evidence} from '../../evidence/evidence.ts';
import type {Journal} from '../journal.ts';
import {kindOf} from '../steps/index.ts';

/**
 * A journal acts on the Cilium that is seen, and on no other object.
 * @throws ActionableError where it names another namespace or DaemonSet than that of the agents
 */
export function assertOwnCluster({id, plan}: Pick<Journal, 'id' | 'plan'>, cilium: Evidence['cilium']): void {
	const foreign = [
		...(plan.namespace === cilium?.namespace ? [] : [`the namespace ${plan.namespace}`]),
		...plan.steps.map(step => kindOf(step).foreign?.(step.parameters, cilium) ?? ''),
	].find(Boolean);
	if (foreign === undefined) return;
	throw new ActionableError(
		`the journal of run ${id} is for ${foreign}, not for that of the Cilium agents here`,
		'Nothing in it is carried out. Restore cilium-config by hand, then run: kubectl hostport cleanup --all',
		{exitCode: exitCode.rollbackFailed},
	);
}

/** The journal for the Cilium and the API server as they are now: which values are put back depends on their versions. */
export function onThisCluster(journal: Journal, {cilium, kubernetes}: Pick<Evidence, 'cilium' | 'kubernetes'>): Journal {
	return {...journal, plan: {...journal.plan, kubernetes, ciliumVersion: cilium?.version ?? ''}};
}
