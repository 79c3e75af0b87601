import type {RunResult} from '../access.ts';

/** How a command is run over SSH. */
export type ExecuteOptions = {
	/** Sent on stdin, which is then closed. */
	readonly stdin: Uint8Array | string;
	/** Leaves stdin open until the command has ended: its end then tells the command that we are gone. */
	readonly holdStdin?: boolean;
	readonly signal: AbortSignal;
	readonly timeoutMilliseconds: number;
	/** For stdout and stderr each; 4 MiB unless told. */
	readonly maximumOutputBytes?: number | undefined;
};

/** Output that a command may print unless told, bytes. */
export const defaultMaximumOutputBytes = 4 * 1024 * 1024;

/** How commands get to one host: by ssh2 in this process, or by the system's `ssh`. */
export type SshTransport = {
	/**
	 * Runs a command line by the login shell of the user over there. It must be a constant of this program, in words that every
	 * login shell reads alike (no `'`, `\` or `!` inside quotes): whatever varies goes over stdin.
	 * @throws SshError, or the signal's reason
	 */
	execute(command: string, options: ExecuteOptions): Promise<RunResult>;
	/**
	 * Writes a new file by SFTP with mode 0600, and leaves nothing behind if it fails. Undefined: this transport has no SFTP.
	 * Gives false if the server has no SFTP.
	 */
	readonly upload:
		| ((path: string, content: Uint8Array, options: {signal: AbortSignal; timeoutMilliseconds: number}) => Promise<boolean>)
		| undefined;
	close(): Promise<void>;
};
