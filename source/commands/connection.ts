import type {ClusterClient} from '../cluster/cluster-client.ts';
import {printable} from '../foreign-text.ts';
import type {CommandContext} from './command.ts';
import {connectionFlagsOf, numberFlag} from './flag-values.ts';

/**
 * The API server that the flags name. Ctrl-C ends the connecting; once connected it ends single requests only, because
 * what was made on the cluster has to be removed over this very connection. The caller closes it.
 * @throws ClusterError, UsageError
 */
export async function openConnection(context: CommandContext): Promise<ClusterClient> {
	const {connect} = await import('../cluster/connect.ts');
	const connecting = new AbortController();
	const stop = (): void => connecting.abort(context.signal.reason);
	context.signal.throwIfAborted();
	context.signal.addEventListener('abort', stop, {once: true});
	try {
		return await connect(connectionFlagsOf(context.flags), {
			environment: context.environment,
			signal: connecting.signal,
			log: logTo(context),
			clock: context.clock,
		});
	} finally {
		context.signal.removeEventListener('abort', stop);
	}
}

/** Writes what `-v` asks for to stderr, a line each. */
function logTo(context: CommandContext): (level: number, line: string) => void {
	const verbosity = numberFlag(context.flags, 'verbosity') ?? 0;
	return (level, line) => {
		if (level <= verbosity) context.stderr.write(`${printable(line)}\n`);
	};
}
