import {diagnose} from '../../../source/diagnosis/diagnose.ts';
import type {JournalStore} from '../../../source/repair/journal.ts';
import {listJournals} from '../../../source/repair/run/journal-config-map.ts';
import {makePlan} from '../../../source/repair/plan/make-plan.ts';
import type {Choice, Plan} from '../../../source/repair/plan/plan.ts';
import {beginOrContinue, repair, rollBackRun, unfinishedRun, type Ended, type RepairSetting} from '../../../source/repair/run/repair.ts';
import {awaitSettledAgents} from '../../../source/repair/acts/settled-agents.ts';
import type {SimulatedCluster} from './cluster.ts';

/** What this machine remembers of a cluster's runs beside their journals. */
const memories = new WeakMap<SimulatedCluster, Set<string>>();

/** Journals go nowhere; what the machine has made itself it knows again. */
function localStore(cluster: SimulatedCluster): {readonly local: JournalStore; readonly vouched: ReadonlySet<string>} {
	const memory = memories.get(cluster) ?? new Set<string>();
	memories.set(cluster, memory);
	return {
		local: {begin: async () => undefined, update: async () => undefined, vouch: async (_run, id) => void memory.add(id)},
		vouched: new Set(memory),
	};
}

export function planFor(
	cluster: SimulatedCluster,
	choice: Choice = {strategy: 'portmap', sources: ['portmap']},
	nodeConfigApi?: string,
): Plan {
	const evidence = cluster.look();
	return makePlan(evidence, diagnose(evidence), choice, nodeConfigApi === undefined ? {} : {nodeConfigApi});
}

let sessions = 0;

export function settingFor(cluster: SimulatedCluster, parts: Partial<RepairSetting> = {}): RepairSetting {
	// A connection that is given is the living process; a new one would be its death.
	const {client, clock, tools} = parts;
	return {
		...(client === undefined || clock === undefined || tools === undefined ? cluster.connect() : {client, clock, tools}),
		by: `tester@host (process ${(sessions += 1)})`,
		...localStore(cluster),
		signal: new AbortController().signal,
		onEvent: () => undefined,
		...parts,
	};
}

/** What the command `fix` does: look, plan, resume an unfinished run, carry out. */
export async function fix(
	cluster: SimulatedCluster,
	options: {
		readonly nodeConfigApi?: string;
		readonly autoRollback?: boolean;
		readonly setting?: Partial<RepairSetting>;
		readonly choice?: Choice;
	} = {},
): Promise<Ended | undefined> {
	const setting = settingFor(cluster, options.setting);
	const unfinished = await unfinishedRun(setting.client, 'kube-system', setting.clock, setting.signal);
	await awaitSettledAgents(cluster.look(), {...setting, say: () => undefined});
	const plan = planFor(cluster, options.choice, options.nodeConfigApi);
	if (plan.refusals.length > 0) throw new Error(plan.refusals.map(({message}) => message).join('; '));
	if (plan.steps.length === 0 && unfinished === undefined) return undefined;
	const continued = beginOrContinue(plan, unfinished, {
		id: `20240207-020000-${String(sessions).padStart(4, '0')}`,
		by: 'tester@host',
		now: cluster.now(),
	});
	return repair(continued, setting, {autoRollback: options.autoRollback ?? false});
}

/** What the command `rollback` does: it undoes the newest run. */
export async function rollback(cluster: SimulatedCluster, parts: Partial<RepairSetting> = {}): Promise<Ended | undefined> {
	const setting = settingFor(cluster, parts);
	const [journal] = (await listJournals(setting.client, 'kube-system', setting.signal)).journals;
	return journal && rollBackRun(journal, setting);
}
