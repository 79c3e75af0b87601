import type {ClusterClient} from '../cluster/cluster-client.ts';
import type {Evidence} from '../evidence/evidence.ts';
import {printableLine} from '../foreign-text.ts';
import {doubtsAbout, type StepDoubt} from '../repair/doubts.ts';
import type {Journal} from '../repair/journal.ts';
import {readVouched, runsFolder} from '../repair/journal-file.ts';
import {assertOwnCluster, onThisCluster} from '../repair/own-cluster.ts';
import {stepsToUndo} from '../repair/rollback.ts';
import type {CommandContext} from './command.ts';
import {agrees} from './confirm.ts';
import type {Asker} from './ssh-questions.ts';

/** A run as it is undone on this cluster, with what nothing here vouches for, and what this machine does vouch for. */
export type Weighed = {readonly journal: Journal; readonly doubts: readonly StepDoubt[]; readonly vouched: ReadonlySet<string>};

/**
 * Looks at what undoing a run would take from its journal; nothing is written.
 * @throws ActionableError where it is not of the Cilium that is seen
 */
export async function weighUndo(
	client: ClusterClient,
	claimed: Journal,
	evidence: Evidence,
	{environment, clock, signal}: Pick<CommandContext, 'environment' | 'clock' | 'signal'>,
): Promise<Weighed> {
	assertOwnCluster(claimed, evidence.cilium);
	const journal = onThisCluster(claimed, evidence);
	const vouched = await readVouched(runsFolder(environment), journal.id);
	const doubts = await doubtsAbout(journal, stepsToUndo(journal), 'undo', {client, clock, signal, vouched});
	return {journal, doubts, vouched};
}

/** Asks in the terminal UI for what its page has shown; ids of those that the person has said yes to. */
export async function askOnScreen(
	ask: Asker['questions']['askSecret'],
	doubts: readonly StepDoubt[],
	signal: AbortSignal,
): Promise<readonly string[]> {
	const agreed: string[] = [];
	for (const {id, question} of doubts) {
		const answer = await ask(`${question} It was shown on the page before. Type yes or no:`, {echo: true, signal});
		if (answer?.trim().toLowerCase() === 'yes') agreed.push(id);
	}

	return agreed;
}

/**
 * Shows what a journal asks for and nothing here vouches for, whole, and asks for each. With `--yes` nobody is asked and nothing of it is
 * done.
 */
export async function askDoubts(
	context: CommandContext,
	doubts: readonly StepDoubt[],
): Promise<{readonly agreed: readonly string[]; readonly left: readonly StepDoubt[]}> {
	const agreed: string[] = [];
	for (const {id, says, shown, question} of doubts) {
		context.stderr.write(`! ${printableLine(says, 2048)}\n`);
		if (context.flags['yes'] === true) continue;
		context.stderr.write(shown);
		if (await agrees(context, question)) agreed.push(id);
	}

	return {agreed, left: doubts.filter(({id}) => !agreed.includes(id))};
}
