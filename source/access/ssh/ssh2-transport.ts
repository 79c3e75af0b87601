import {executeOn} from './channel.ts';
import type {Lease} from './connection-pool.ts';
import {sftpUpload} from './sftp-upload.ts';
import {withTimeLimit} from './time-limit.ts';
import type {SshTransport} from './transport.ts';

/** ssh2 as transport, over a share in a connection of the pool. */
export function ssh2Transport(lease: Lease, place: string): SshTransport {
	return {
		execute: (command, options) =>
			withTimeLimit(`a command on ${place}`, options, signal =>
				lease.use(client => executeOn(client, place, command, {...options, signal}), signal),
			),
		upload: (path, content, options) =>
			withTimeLimit(`writing ${path} on ${place}`, options, signal =>
				lease.use(client => sftpUpload(client, place, path, content, signal), signal),
			),
		async close() {
			lease.release();
		},
	};
}
