import {PassThrough} from 'node:stream';
import type {Session} from '../../source/session/session.ts';
import {shortWaits} from './program.ts';

/** A session with nobody to ask or tell, whose waits are short; a test names what it needs besides. */
export function quietSession(kubeconfig: string, more: Partial<Session> = {}): Session {
	return {
		connection: {kubeconfig},
		scope: {nodes: []},
		reach: {via: 'auto', ssh: {}, pods: {}, connects: true},
		redacts: true,
		announce: async () => undefined,
		log: () => undefined,
		stdout: new PassThrough().resume(),
		signal: new AbortController().signal,
		environment: {...process.env},
		clock: shortWaits,
		...more,
	};
}
