import {randomBytes} from 'node:crypto';
import {removeHelperPods} from '../access/helper-pods.ts';
import {MissingProgram} from '../access/missing-program.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {canI, permissionText} from '../cluster/permissions.ts';
import {ActionableError} from '../errors.ts';
import type {Evidence} from '../evidence/evidence.ts';
import {permissionsNeeded} from '../repair/plan/permissions-needed.ts';
import type {Plan} from '../repair/plan/plan.ts';
import {assertScriptsRun, rehearse} from '../repair/run/rehearse.ts';
import type {RepairOwn} from './prepare-run.ts';
import {repairTools} from './repair-tools.ts';

/**
 * Tries out, before anything is written, what carrying out the plan will need: its rights, then its accesses to nodes and its pods.
 * @throws ActionableError that names every right that is missing, or what stands in the way and what works instead
 */
export async function assertPossible(client: ClusterClient, evidence: Evidence, plan: Plan, own: RepairOwn): Promise<void> {
	await assertPermitted(client, plan, own);
	await withRehearsal(client, evidence, own, async rehearsal => rehearse(plan, rehearsal));
}

/**
 * Whether scripts run on a node: no list is seen without them, so a run cannot be undone. Whatever else is amiss is no reason not to try.
 * @throws ActionableError
 */
export async function assertRollbackPossible(client: ClusterClient, evidence: Evidence, plan: Plan, own: RepairOwn): Promise<void> {
	await withRehearsal(client, evidence, own, async rehearsal => assertScriptsRun(plan, rehearsal)).catch((error: unknown) => {
		own.signal.throwIfAborted();
		if (error instanceof Error && error.cause instanceof MissingProgram) throw error;
	});
}

/** With pods of its own, which are gone before the run's come. */
async function withRehearsal(
	client: ClusterClient,
	evidence: Evidence,
	own: RepairOwn,
	act: (rehearsal: Parameters<typeof rehearse>[1]) => Promise<void>,
): Promise<void> {
	const run = randomBytes(5).toString('hex');
	const tools = repairTools({client, evidence, run, sources: [], ...own});
	try {
		await act({...tools, run, signal: own.signal, chosenImage: own.pods?.image});
	} finally {
		await removeHelperPods(client, own.pods?.namespace ?? evidence.cilium?.namespace ?? '', run);
	}
}

async function assertPermitted(client: ClusterClient, plan: Plan, {signal, pods = {}}: RepairOwn): Promise<void> {
	const answers = await Promise.all(
		permissionsNeeded(plan, pods.namespace).map(async permission => ({
			permission,
			...(await canI(client, withoutWhy(permission), signal)),
		})),
	);
	const missing = answers.filter(({allowed}) => !allowed).map(({permission}) => `${permissionText(permission)} (${permission.why})`);
	if (missing.length > 0)
		throw new ActionableError(
			`missing permission: ${missing.join(', ')}`,
			'Nothing was changed. Print a role with these permissions: kubectl hostport manifest rbac',
		);
}

function withoutWhy({
	verb,
	group,
	resource,
	subresource,
	namespace,
}: ReturnType<typeof permissionsNeeded>[number]): Parameters<typeof canI>[1] {
	return {
		verb,
		resource,
		...(group !== undefined && {group}),
		...(subresource !== undefined && {subresource}),
		...(namespace !== undefined && {namespace}),
	};
}
