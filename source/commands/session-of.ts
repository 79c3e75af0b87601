import type {Way} from '../access/access.ts';
import type {ImagePullPolicy} from '../access/helper-pod-image.ts';
import type {AddressKind, SshClient} from '../access/ssh/ssh-flags.ts';
import {parseDuration} from '../cluster/duration.ts';
import {printable} from '../foreign-text.ts';
import type {Session} from '../session/session.ts';
import {announcer} from './announcer.ts';
import type {CommandContext} from './command.ts';
import {connectionFlagsOf, numberFlag, textFlag} from './flag-values.ts';
import {terminalAsker} from './terminal-asker.ts';

/** A node is never waited for without end: a limit of 0 is this. */
const longestMilliseconds = 3_600_000;

/**
 * The session that the flags ask for, with the person at the terminal as the one who is asked and told.
 * @param onQuestion told when one is asked on stderr and when it is answered: whoever draws there waits meanwhile
 * @throws UsageError for a value that does not fit
 */
export function sessionOf(context: CommandContext, onQuestion?: (open: boolean) => void): Session {
	const {flags, words, stdout, stderr, signal, environment, clock, demoNetwork} = context;
	const text = (name: string): string | undefined => textFlag(flags, name);
	const timeout = text('node-timeout');
	const verbosity = numberFlag(flags, 'verbosity') ?? 0;
	return {
		connection: connectionFlagsOf(flags),
		scope: {nodes: words, selector: text('selector'), namespace: flags['all-namespaces'] === true ? undefined : text('namespace')},
		reach: {
			via: (text('via') as 'auto' | Way | undefined) ?? 'auto',
			ssh: {
				user: text('ssh-user'),
				key: text('ssh-key'),
				port: numberFlag(flags, 'ssh-port'),
				config: text('ssh-config'),
				knownHosts: text('ssh-known-hosts'),
				jump: text('ssh-jump'),
				client: text('ssh-client') as SshClient | undefined,
				address: text('ssh-address') as AddressKind | undefined,
			},
			pods: {
				image: text('image'),
				imagePullPolicy: text('image-pull-policy') as ImagePullPolicy | undefined,
				imagePullSecret: text('image-pull-secret'),
				namespace: text('helper-namespace'),
			},
			nodeTimeoutMilliseconds: timeout === undefined ? undefined : parseDuration(timeout, '--node-timeout') || longestMilliseconds,
			concurrency: numberFlag(flags, 'concurrency'),
			connects: flags['connect'] !== false,
		},
		from: text('from'),
		save: text('save'),
		redacts: flags['redact'] !== false,
		asker: terminalAsker(context, onQuestion),
		announce: announcer(context),
		log(level, line) {
			if (level <= verbosity) stderr.write(`${printable(line)}\n`);
		},
		stdout,
		signal,
		environment,
		clock,
		demoNetwork,
	};
}
