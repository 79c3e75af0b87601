import type {ClusterClient} from '../cluster/cluster-client.ts';
import {exitCode, messageOf, type ExitCode} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import {doubtOf} from '../repair/bare-pods.ts';
import {isRunId} from '../repair/journal-schema.ts';
import {readVouched, runsFolder} from '../repair/journal-file.ts';
import {createPod, forgetKept, type KeptPod} from '../repair/kept-pods.ts';
import {findSecrets} from '../repair/leftovers/find-secrets.ts';
import type {CommandContext} from './command.ts';
import {agrees} from './confirm.ts';
import {askDoubts} from './doubts.ts';
import {textFlag} from './flag-values.ts';

/** Pods that are nowhere but in a Secret: those that this machine has kept, those that a person has said yes to, those that nobody was asked about. */
export type LostPods = {readonly own: readonly KeptPod[]; readonly agreed: readonly KeptPod[]; readonly left: readonly KeptPod[]};

/** What becomes of lost pods: what this machine has kept itself comes back, the rest is shown whole and asked for. */
export async function decideLost(context: CommandContext, namespace: string, lost: readonly KeptPod[]): Promise<LostPods> {
	const folder = runsFolder(context.environment);
	const own = new Set<KeptPod>();
	for (const kept of lost) if (isRunId(kept.run) && (await readVouched(folder, kept.run)).has(kept.digest)) own.add(kept);
	const foreign = lost.filter(kept => !own.has(kept));
	const {agreed} = await askDoubts(
		context,
		foreign.map(kept => ({...doubtOf(namespace, kept), step: kept.secret})),
	);
	return {
		own: [...own],
		agreed: foreign.filter(({digest}) => agreed.includes(digest)),
		left: context.flags['yes'] === true ? foreign : [],
	};
}

/**
 * What `fix` does about pods that a run has left nowhere but in a Secret, where no unfinished run brings them back: its journal says that it
 * has ended, or is gone.
 * @returns the exit code, which is no good one where a pod stays lost
 */
export async function bringBackLost(context: CommandContext, client: ClusterClient, namespace: string, code: ExitCode): Promise<ExitCode> {
	const {lost = []} = await findSecrets(namespace, {client, signal: context.signal});
	if (lost.length === 0) return code;
	if ((textFlag(context.flags, 'dry-run') ?? 'none') !== 'none') {
		for (const kept of lost) context.stderr.write(`! ${printableLine(doubtOf(namespace, kept).says, 2048)}\n`);
		return code;
	}

	const {own, agreed, left} = await decideLost(context, namespace, lost);
	const wanted: KeptPod[] = [...agreed];
	for (const kept of own) {
		const question = `The pod ${kept.namespace}/${kept.name} was deleted to be restarted and is gone.\nCreate it again from the manifest that this machine has kept?`;
		if (context.flags['yes'] === true || (await agrees(context, question))) wanted.push(kept);
	}

	const created = await createLost(context, client, wanted);
	for (const {secret} of created) await forgetKept({client, namespace}, secret, context.signal);
	if (left.length > 0) return exitCode.rollbackFailed;
	return created.length < lost.length && code === exitCode.well ? exitCode.faults : code;
}

/** Creates lost pods again, and says so. Gives those that are there again. */
export async function createLost(
	{stderr, signal}: CommandContext,
	client: ClusterClient,
	pods: readonly KeptPod[],
): Promise<readonly KeptPod[]> {
	const created: KeptPod[] = [];
	for (const kept of pods) {
		const name = `${kept.namespace}/${kept.name}`;
		try {
			await createPod({client}, kept, signal);
			created.push(kept);
			stderr.write(`The pod ${name} was gone and was created again from its kept manifest.\n`);
		} catch (error) {
			signal.throwIfAborted();
			stderr.write(`the pod ${name} could not be created again: ${messageOf(error)}\n`);
		}
	}

	return created;
}
