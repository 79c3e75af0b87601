import type {ClusterClient} from '../cluster/cluster-client.ts';
import type {NodeAccess} from './access.ts';
import {openAgent, type AgentTarget} from './agent.ts';
import {MissingProgram} from './missing-program.ts';
import {oncePerKey} from './once-per-key.ts';

/** Whether scripts of ours run in an agent's container. */
export type HasShell = (agent: AgentTarget, image: string, signal: AbortSignal) => Promise<boolean>;

/** Each image is tried once, by a script that does nothing; a failure is no answer and is tried again. */
export function shellTester(client: ClusterClient): HasShell {
	const once = oncePerKey<boolean>();
	return async (agent, image, signal) => once(image, async () => hasShell(openAgent(client, agent), signal));
}

/** A script is taken in by `head`, so an image with a shell alone is none with one for us. */
async function hasShell(agent: NodeAccess, signal: AbortSignal): Promise<boolean> {
	try {
		return (await agent.run('exit 0', {signal, timeoutMilliseconds: 20_000})).exitCode === 0;
	} catch (error) {
		if (error instanceof MissingProgram) return false;
		throw error;
	}
}
