import type {Duplex} from 'node:stream';
import type {Client} from 'ssh2';
import {orAborted} from '../../abort.ts';
import {printableLine} from '../../foreign-text.ts';
import {SshError} from './ssh-error.ts';
import type {SshSettings} from './ssh-settings.ts';

/**
 * Opens a TCP connection from a jump host to the next host.
 * @throws SshError of kind `unreachable` or `timeout`, or the signal's reason
 */
export async function forward(bastion: Client, through: SshSettings, target: SshSettings, signal: AbortSignal): Promise<Duplex> {
	const place = `${target.host} port ${target.port}`;
	const limit = AbortSignal.timeout(target.connectTimeoutMilliseconds);
	const opening = new Promise<Duplex>((resolve, reject) => {
		const fail = (error: unknown): void => {
			const said = printableLine(error instanceof Error ? error.message : String(error), 200);
			reject(
				new SshError(
					'unreachable',
					`jump host ${through.host} cannot reach ${place}: ${said}`,
					'Check the address of the node as the jump host sees it, and AllowTcpForwarding there.',
					{cause: error},
				),
			);
		};
		try {
			bastion.forwardOut('127.0.0.1', 0, target.host, target.port, (error, channel) => (error ? fail(error) : resolve(channel)));
		} catch (error) {
			fail(error);
		}
	});
	try {
		return await orAborted(opening, AbortSignal.any([signal, limit]));
	} catch (error) {
		opening.then(
			late => late.destroy(),
			() => {},
		);
		if (!limit.aborted || signal.aborted) throw error;
		throw new SshError(
			'timeout',
			`${place} gave no answer through jump host ${through.host} within ${target.connectTimeoutMilliseconds / 1000} s`,
			'Check that the jump host reaches the node.',
			{cause: error},
		);
	}
}
