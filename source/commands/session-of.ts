import type {CommandContext} from '../command-line/command.ts';
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
 * @throws UsageError for an extra field without key or value
 */
export function sessionOf(options: SessionValues, context: CommandContext, onQuestion?: (open: boolean) => void): Session {
	const {words, stdout, stderr, signal, environment, clock, demo} = context;
	const verbosity = options.verbosity ?? 0;
	return {
		connection: connectionOf(options),
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
	};
}

/** Connection options that are passed on as they were typed. */
const asTyped = [
	'kubeconfig',
	'context',
	'cluster',
	'user',
	'namespace',
	'server',
	'token',
	'username',
	'password',
	'as',
	'asUid',
	'certificateAuthority',
	'clientCertificate',
	'clientKey',
	'tlsServerName',
	'requestTimeout',
] as const;

function connectionOf({asGroup, asUserExtra, insecureSkipTlsVerify, verbosity, ...options}: SessionValues): Session['connection'] {
	return {
		...Object.fromEntries(asTyped.map(name => [name, options[name]]).filter(([, value]) => value !== undefined)),
		...(asGroup.length > 0 && {asGroup}),
		...(asUserExtra.length > 0 && {asUserExtra: userExtra(asUserExtra)}),
		...(insecureSkipTlsVerify && {insecureSkipTlsVerify}),
		verbosity: verbosity ?? 0,
	};
}

/** Values by key: what is given twice has both. */
function userExtra(fields: readonly string[]): Readonly<Record<string, readonly string[]>> {
	const byKey = new Map<string, string[]>();
	for (const field of fields) {
		const [, key, value] = /^([^=]+)=(.+)$/su.exec(field) ?? [];
		if (key === undefined || value === undefined)
			throw new UsageError(`--as-user-extra cannot be "${field}"`, 'Write KEY=VALUE, such as --as-user-extra scopes=development');
		byKey.set(key, [...(byKey.get(key) ?? []), value]);
	}

	return Object.fromEntries(byKey);
}
