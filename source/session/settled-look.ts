import type {Clock} from '../clock.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {awaitSettledAgents} from '../repair/acts/settled-agents.ts';
import type {Look} from './look.ts';

/** Agents may restart again while nodes are being asked; after so many looks the last one counts. */
const mostLooks = 4;

/**
 * A look to plan a repair with: while agents start, or could not be asked for that reason, it is taken again.
 * @param say is told what is waited for
 */
export async function settledLook(
	client: ClusterClient,
	first: Look,
	lookAgain: () => Promise<Look>,
	{clock, signal, say}: {readonly clock: Clock; readonly signal: AbortSignal; readonly say: (text: string) => void},
): Promise<Look> {
	let seen = first;
	for (let looks = 1; looks < mostLooks; looks += 1) {
		const {waited, trouble} = await awaitSettledAgents(seen.evidence, {client, clock, signal, say});
		const isSecondChance = looks === 1 && trouble === '' && wasStarting(seen);
		if (!waited && !isSecondChance) return seen;
		seen = await lookAgain();
		// What has not become ready will not answer the next time either.
		if (trouble !== '') return seen;
	}

	return seen;
}

/** Whether an agent was not ready when its node was asked, or its node did not answer where others did. */
function wasStarting({evidence: {nodes}}: Look): boolean {
	const asked = nodes.filter(({skipped, ready}) => skipped === '' && ready !== false);
	const hasAnswered = asked.some(({observation}) => observation !== null);
	return asked.some(({agent, observation}) => agent?.ready === false || (hasAnswered && observation === null));
}
