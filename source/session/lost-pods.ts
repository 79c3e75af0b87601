import type {ClusterClient} from '../cluster/cluster-client.ts';
import {exitCode, messageOf, type ExitCode} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import {doubtOf} from '../repair/acts/bare-pods.ts';
import {isRunId} from '../repair/run/journal-schema.ts';
import {readVouched, runsFolder} from '../repair/run/journal-file.ts';
import {createPod, forgetKept, type KeptPod} from '../repair/acts/kept-pods.ts';
import {findSecrets} from '../repair/leftovers/find-secrets.ts';
import type {Dialogue} from './dialogue.ts';
import type {Session} from './session.ts';

/** Pods that are nowhere but in a Secret: those that this machine has kept, those that a person has said yes to, those that nobody was asked about. */
export type LostPods = {readonly own: readonly KeptPod[]; readonly agreed: readonly KeptPod[]; readonly left: readonly KeptPod[]};

/** What becomes of lost pods: what this machine has kept itself comes back, the rest is shown whole and asked for. */
export async function decideLost(
	namespace: string,
	lost: readonly KeptPod[],
	{isUnasked, askDoubts}: Pick<Dialogue, 'isUnasked' | 'askDoubts'>,
	environment: NodeJS.ProcessEnv,
): Promise<LostPods> {
	const folder = runsFolder(environment);
	const own = new Set<KeptPod>();
	for (const kept of lost) if (isRunId(kept.run) && (await readVouched(folder, kept.run)).has(kept.digest)) own.add(kept);
	const foreign = lost.filter(kept => !own.has(kept));
	const {agreed} = await askDoubts(foreign.map(kept => ({...doubtOf(namespace, kept), step: kept.secret})));
	return {own: [...own], agreed: foreign.filter(({digest}) => agreed.includes(digest)), left: isUnasked ? foreign : []};
}

/**
 * What `fix` does about pods that a run has left nowhere but in a Secret, where no unfinished run brings them back: its journal says that it
 * has ended, or is gone.
 * @param code how the run ended
 * @param isDry they are only told of
 * @returns the exit code, which is no good one where a pod stays lost
 */
export async function bringBackLost(
	client: ClusterClient,
	namespace: string,
	{code, isDry}: {readonly code: ExitCode; readonly isDry: boolean},
	{isUnasked, askDoubts, agrees, say}: Dialogue,
	{environment, signal}: Pick<Session, 'environment' | 'signal'>,
): Promise<ExitCode> {
	const {lost = []} = await findSecrets(namespace, {client, signal});
	if (lost.length === 0) return code;
	if (isDry) {
		for (const kept of lost) say(`! ${printableLine(doubtOf(namespace, kept).says, 2048)}`);
		return code;
	}

	const {own, agreed, left} = await decideLost(namespace, lost, {isUnasked, askDoubts}, environment);
	const wanted: KeptPod[] = [...agreed];
	for (const kept of own) {
		const question = `The pod ${kept.namespace}/${kept.name} was deleted for a restart and is gone.\nCreate it again from the manifest that this machine saved?`;
		if (isUnasked || (await agrees(question))) wanted.push(kept);
	}

	const created = await createLost(client, wanted, say, signal);
	for (const {secret} of created) await forgetKept({client, namespace}, secret, signal);
	if (left.length > 0) return exitCode.rollbackFailed;
	return created.length < lost.length && code === exitCode.ok ? exitCode.faults : code;
}

/** Creates lost pods again, and says so. Gives those that are there again. */
export async function createLost(
	client: ClusterClient,
	pods: readonly KeptPod[],
	say: (line: string) => void,
	signal: AbortSignal,
): Promise<readonly KeptPod[]> {
	const created: KeptPod[] = [];
	for (const kept of pods) {
		const name = `${kept.namespace}/${kept.name}`;
		try {
			await createPod({client}, kept, signal);
			created.push(kept);
			say(`The pod ${name} was gone; it was created again from its kept manifest.`);
		} catch (error) {
			signal.throwIfAborted();
			say(`the pod ${name} could not be created again: ${messageOf(error)}`);
		}
	}

	return created;
}
