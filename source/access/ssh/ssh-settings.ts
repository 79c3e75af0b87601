import {localUserName} from '../../local-user.ts';
import {UsageError} from '../../errors.ts';
import {expandTokens, type PathTokens} from './expand-tokens.ts';
import {parseJumpHosts, type JumpHost} from './jump-hosts.ts';
import {safeHostName, safeUserName} from './safe-name.ts';
import type {SshChoices} from './ssh-flags.ts';

/** Everything that decides how one host is reached, after ssh_config, command line and defaults have been weighed. */
export type SshSettings = {
	/** The word that was looked up in ssh_config. */
	readonly alias: string;
	readonly host: string;
	readonly port: number;
	readonly user: string;
	readonly identityFiles: readonly string[];
	/** Only keys of `identityFiles` are offered, even if the agent holds others. */
	readonly identitiesOnly: boolean;
	/** Socket of the agent; undefined: none is asked. */
	readonly agent: string | undefined;
	/** Certificates that are named, without those that merely lie beside their key. */
	readonly certificateFiles: readonly string[];
	readonly jumps: readonly JumpHost[];
	/** A ProxyCommand leads to this host: only the system's ssh can run it. */
	readonly hasProxyCommand: boolean;
	readonly gssapi: boolean;
	/** UserKnownHostsFile first, a key that a person accepts is written into the first of them. */
	readonly userKnownHostsFiles: readonly string[];
	readonly globalKnownHostsFiles: readonly string[];
	/** Name to look for in known_hosts instead of `host` and `port`. */
	readonly hostKeyAlias: string | undefined;
	readonly hashKnownHosts: boolean;
	/** `accept`: unknown keys are accepted without a question, because ssh_config says `no` or `accept-new`. Changed keys never are. */
	readonly unknownHostKey: 'ask' | 'refuse' | 'accept';
	readonly connectTimeoutMilliseconds: number;
	/** 0: no keepalive. */
	readonly keepaliveMilliseconds: number;
	readonly keepaliveCountMaximum: number;
	/** What was chosen on the command line or for this node; the system's ssh is started with it. */
	readonly choices: SshChoices;
};

/** ssh_config keywords in lower case and their values, one for each line that counts. */
export type Keywords = ReadonlyMap<string, readonly string[]>;

const defaultConnectTimeoutSeconds = 10;
const defaultKeepaliveSeconds = 15;

/**
 * Turns the keywords that hold for a host, as `ssh -G` prints them, into settings.
 * @throws SshError for names that are not safe to use, UsageError for a port that is none
 */
export function settingsFrom(
	alias: string,
	keywords: Keywords,
	choices: SshChoices,
	environment: NodeJS.ProcessEnv = process.env,
): SshSettings {
	const one = (keyword: string): string | undefined => keywords.get(keyword)?.[0];
	const host = safeHostName(one('hostname') ?? alias);
	const user = safeUserName(one('user') ?? ownName(host));
	const port = Number(one('port') ?? 22);
	if (!Number.isInteger(port) || port < 1 || port > 65_535)
		throw new UsageError(`“${one('port')}” is not a port to reach ${host} by SSH`, 'Use a number from 1 to 65535.');
	const hostKeyAlias = one('hostkeyalias');
	const tokens: PathTokens = {alias, host, port, user, hostKeyAlias, environment};
	const paths = (keyword: string): string[] => fileNames(keywords.get(keyword) ?? []).map(file => expandTokens(file, tokens));
	const proxyCommand = one('proxycommand');
	return {
		alias,
		host,
		port,
		user,
		identityFiles:
			choices.key === undefined
				? (keywords.get('identityfile') ?? []).map(file => expandTokens(file, tokens))
				: [expandTokens(choices.key, tokens)],
		identitiesOnly: choices.key !== undefined || isYes(one('identitiesonly')),
		agent: agentSocket(one('identityagent'), tokens),
		certificateFiles: (keywords.get('certificatefile') ?? []).map(file => expandTokens(file, tokens)),
		jumps: parseJumpHosts(one('proxyjump') ?? ''),
		hasProxyCommand: proxyCommand !== undefined && proxyCommand.toLowerCase() !== 'none',
		gssapi: isYes(one('gssapiauthentication')),
		userKnownHostsFiles: choices.knownHosts === undefined ? paths('userknownhostsfile') : [expandTokens(choices.knownHosts, tokens)],
		globalKnownHostsFiles: paths('globalknownhostsfile'),
		hostKeyAlias,
		hashKnownHosts: isYes(one('hashknownhosts')),
		unknownHostKey: policyFor(one('stricthostkeychecking')),
		connectTimeoutMilliseconds: seconds(one('connecttimeout'), defaultConnectTimeoutSeconds) * 1000,
		keepaliveMilliseconds: seconds(one('serveraliveinterval'), defaultKeepaliveSeconds) * 1000,
		keepaliveCountMaximum: Number(one('serveralivecountmax') ?? 3) || 3,
		choices,
	};
}

// `ssh -G` joins several files with blanks and quotes none: a new one starts where a path starts.
const fileNames = (lines: readonly string[]): string[] =>
	lines
		.flatMap(line => line.split(/\s+(?=[~/]|\$\{|[A-Za-z]:|__)/u))
		.filter(file => file !== '' && file !== 'none' && file !== '/dev/null');

const isYes = (value: string | undefined): boolean => value === 'yes' || value === 'true';

/** ssh prints `none` or 0 where nothing is set; a tool that asks thousands of nodes needs a limit all the same. */
function seconds(value: string | undefined, fallback: number): number {
	const [, number, unit = 's'] = /^(\d+)([smh]?)$/iu.exec(value ?? '') ?? [];
	const factor = {s: 1, m: 60, h: 3600}[unit.toLowerCase() as 's' | 'm' | 'h'] || 1;
	return Number(number ?? 0) * factor || fallback;
}

function policyFor(value: string | undefined): SshSettings['unknownHostKey'] {
	if (value === 'accept-new' || value === 'no' || value === 'off' || value === 'false') return 'accept';
	return isYes(value) ? 'refuse' : 'ask';
}

/** IdentityAgent as ssh_config(5) has it: a path, `none`, `SSH_AUTH_SOCK` or `$VARIABLE`; not given: the environment's agent. */
function agentSocket(value: string | undefined, tokens: PathTokens): string | undefined {
	const {environment} = tokens;
	if (value === 'none') return undefined;
	if (value !== undefined && value !== 'SSH_AUTH_SOCK')
		return value.startsWith('$') && !value.startsWith('${') ? environment[value.slice(1)] : expandTokens(value, tokens);
	return environment['SSH_AUTH_SOCK'] || (process.platform === 'win32' ? String.raw`\\.\pipe\openssh-ssh-agent` : undefined);
}

/** @throws UsageError where the system has no name for this process's user, as in a container */
function ownName(host: string): string {
	const name = localUserName();
	if (name === undefined)
		throw new UsageError(`no user to reach ${host} by SSH: this process's user has no name`, 'Name one with --ssh-user.');
	return name;
}
