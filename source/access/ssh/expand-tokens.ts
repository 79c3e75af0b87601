import os from 'node:os';
import path from 'node:path';
import {homeFolder, localUserName} from '../../local-user.ts';

/** What the tokens of a file name in ssh_config stand for. */
export type PathTokens = {
	readonly alias: string;
	readonly host: string;
	readonly port: number;
	readonly user: string;
	readonly hostKeyAlias: string | undefined;
	readonly environment: NodeJS.ProcessEnv;
};

/**
 * Expands `~`, `${VARIABLE}` and the tokens of ssh_config(5) in a file name. `ssh -G` leaves them in place in IdentityFile,
 * CertificateFile and IdentityAgent (OpenSSH 9.2, seen). A token that is not known stays as it is.
 */
export function expandTokens(file: string, tokens: PathTokens): string {
	const {alias, host, port, user, hostKeyAlias, environment} = tokens;
	const local = os.hostname();
	const values: Record<string, string> = {
		'%%': '%',
		'%d': homeFolder(),
		'%h': host,
		'%i': String(process.getuid?.() ?? ''),
		'%k': hostKeyAlias ?? alias,
		'%L': local.split('.')[0] ?? local,
		'%l': local,
		'%n': alias,
		'%p': String(port),
		'%r': user,
		'%u': localUserName() ?? '',
	};
	const expanded = file
		.replaceAll(/%./gu, token => values[token] ?? token)
		.replaceAll(/\$\{(\w+)\}/gu, (whole, name: string) => environment[name] ?? whole);
	return /^~(?=\/|\\|$)/u.test(expanded) ? path.join(homeFolder(), expanded.slice(1)) : expanded;
}
