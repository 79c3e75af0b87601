import type {ClusterClient} from '../cluster/cluster-client.ts';
import {messageOf} from '../errors.ts';
import {doubtOf} from '../repair/bare-pods.ts';
import {isRunId} from '../repair/journal-schema.ts';
import {readVouched, runsFolder} from '../repair/journal-file.ts';
import {createPod, type KeptPod} from '../repair/kept-pods.ts';
import type {CommandContext} from './command.ts';
import {askDoubts} from './doubts.ts';

/** Pods that are nowhere but in a Secret: those to be created again, and those that nobody was asked about. */
export type LostPods = {readonly toCreate: readonly KeptPod[]; readonly left: readonly KeptPod[]};

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
		toCreate: lost.filter(kept => own.has(kept) || agreed.includes(kept.digest)),
		left: context.flags['yes'] === true ? foreign : [],
	};
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
