import type {SshTransport} from './transport.ts';

/**
 * Tells of each command and each file how it ended and how long it took. Commands are constants of this program, and what goes over
 * stdin is not told.
 */
export function loggedTransport<Transport extends SshTransport>(
	transport: Transport,
	place: string,
	log: (line: string) => void,
): Transport {
	const timed = async <T>(what: string, act: () => Promise<T>, outcome: (result: T) => string): Promise<T> => {
		const started = performance.now();
		const tell = (word: string): void => log(`SSH ${place} ${what} ${word} ${Math.round(performance.now() - started)} ms`);
		try {
			const result = await act();
			tell(outcome(result));
			return result;
		} catch (error) {
			tell('failed');
			throw error;
		}
	};
	const {upload} = transport;
	return {
		...transport,
		execute: async (command, options) =>
			timed(
				command.slice(0, 60),
				async () => transport.execute(command, options),
				({exitCode}) => String(exitCode),
			),
		upload:
			upload &&
			(async (path, content, options) =>
				timed(
					`put ${path}`,
					async () => upload(path, content, options),
					done => (done ? `${content.length} bytes` : 'no SFTP'),
				)),
	};
}
