import type {CommandContext} from '../command-line/command.ts';
import {connectionFlags} from '../command-line/connection-flags.ts';
import {UsageError} from '../errors.ts';
import {printable} from '../foreign-text.ts';
import type {Session} from '../session/session.ts';
import {announcer} from '../terminal/announcer.ts';
import type {SessionValues} from './shared-options.ts';
import {terminalAsker} from '../terminal/terminal-asker.ts';

/** A node is never waited for without end: a limit of 0 is this. */
const longestMilliseconds = 3_600_000;

/**
 * The session that the options ask for, with the person at the terminal as the one who is asked and told.
 * @param onQuestion told when one is asked on stderr and when it is answered: whoever draws there waits meanwhile
 * @throws UsageError for an extra field without key or value, and for a flag that would change nothing
 */
export function sessionOf(options: SessionValues, context: CommandContext, onQuestion?: (open: boolean) => void): Session {
	const {words, stdout, stderr, signal, environment, clock, demo} = context;
	const verbosity = options.verbosity ?? 0;
	if (options.redact === false && options.save === undefined)
		throw new UsageError('--no-redact changes only what --save writes', 'Add --save FILE, or remove --no-redact.');
	return {
		connection: connectionFlags(options),
		scope: {nodes: words, selector: options.selector, namespace: options.allNamespaces ? undefined : options.namespace},
		reach: {
			via: options.via ?? 'auto',
			ssh: {
				user: options.sshUser,
				key: options.sshKey,
				port: options.sshPort,
				config: options.sshConfig,
				knownHosts: options.sshKnownHosts,
				jump: options.sshJump,
				client: options.sshClient,
				address: options.sshAddress,
			},
			pods: {
				image: options.image,
				imagePullPolicy: options.imagePullPolicy,
				imagePullSecret: options.imagePullSecret,
				namespace: options.helperNamespace,
			},
			nodeTimeoutMilliseconds: options.nodeTimeout === 0 ? longestMilliseconds : options.nodeTimeout,
			concurrency: options.concurrency,
			connects: options.connect !== false,
		},
		from: options.from,
		save: options.save,
		redacts: options.redact !== false,
		asker: terminalAsker(context, onQuestion),
		announce: announcer(stderr, verbosity),
		log(level, line) {
			if (level <= verbosity) stderr.write(`${printable(line)}\n`);
		},
		stdout,
		signal,
		environment,
		clock,
		demoNetwork: demo?.connect,
		demoPortmap: demo?.portmap,
	};
}
