import type {NodeAccess} from '../access/access.ts';
import type {SeenAgent} from '../access/choose-access.ts';
import {openSshAccess} from '../access/ssh/ssh-access.ts';
import {SshError} from '../access/ssh/ssh-error.ts';
import type {SshSession} from '../access/ssh/ssh-session.ts';
import {ActionableError, messageOf} from '../errors.ts';
import type {NodeEvidence} from './evidence.ts';

/** SSH into nodes, as far as looking at them needs it. */
export type SshOfNode = {
	open(node: NodeEvidence, agent: Pick<SeenAgent, 'folders' | 'containerID'> | undefined, signal: AbortSignal): Promise<NodeAccess>;
	/** Why it did not come about, and what to do: one line. */
	explain(error: unknown): string;
};

/** @param asks whether a person at a terminal can be asked */
export function sshOfNode(session: SshSession, asks: boolean): SshOfNode {
	return {
		open: async (node, agent, signal) =>
			openSshAccess(node, {
				session,
				signal,
				agentContainer: agent?.containerID,
				...(agent !== undefined && {configurationFolder: agent.folders.configurationHost, binaryFolder: agent.folders.binaryHost}),
			}),
		explain(error) {
			if (!(error instanceof ActionableError)) return messageOf(error);
			const wouldAsk =
				!asks && error instanceof SshError && (error.verdict === 'unknown' || error.kind === 'authentication')
					? ' In a terminal, kubectl hostport check --via ssh asks you.'
					: '';
			return `${error.message}. ${error.hint}${wouldAsk}`;
		},
	};
}
