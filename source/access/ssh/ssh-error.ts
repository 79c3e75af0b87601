import {ActionableError} from '../../errors.ts';
import type {HostKeyVerdict} from './known-hosts.ts';

/**
 * Why SSH to a host did not come about, as far as it changes what to do next:
 * `lost` before the handshake is worth a retry, `channel` too (nothing has run yet), `authentication` and `handshake` may go better with the system's `ssh`.
 */
export type SshErrorKind =
	| 'address'
	| 'unreachable'
	| 'timeout'
	| 'lost'
	| 'handshake'
	| 'host-key'
	| 'authentication'
	| 'channel'
	| 'command'
	| 'sudo'
	| 'file';

type SshErrorDetails = {readonly cause?: unknown; readonly verdict?: HostKeyVerdict['kind']; readonly serverTakes?: readonly string[]};

/** SSH failed at one host: `message` names the host, `hint` what to do. Ends the process with exit code 3. */
export class SshError extends ActionableError {
	override readonly name = 'SshError';
	readonly kind: SshErrorKind;
	/** With kind `host-key`: what known_hosts said of the key, where it was ssh2 that asked. */
	readonly verdict: HostKeyVerdict['kind'] | undefined;
	/** With kind `authentication`: the methods the server would take, in its own words. */
	readonly serverTakes: readonly string[];

	constructor(kind: SshErrorKind, message: string, hint: string, details: SshErrorDetails = {}) {
		super(message, hint, {cause: details.cause});
		this.kind = kind;
		this.verdict = details.verdict;
		this.serverTakes = details.serverTakes ?? [];
	}
}
