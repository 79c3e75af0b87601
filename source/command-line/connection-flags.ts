import type {ConnectionFlags} from '../cluster/connection-flags.ts';
import {UsageError} from '../errors.ts';
import {flagOf, type Typed} from './option.ts';
import {connectionOptions, type SharedValues} from './shared-options.ts';

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

/** What was typed of a connection, as `cluster/` takes it. @throws UsageError for an extra field without key or value */
export function connectionFlags({asGroup, asUserExtra, insecureSkipTlsVerify, verbosity, ...options}: SharedValues): ConnectionFlags {
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
			throw new UsageError(`--as-user-extra cannot be "${field}"`, 'Write KEY=VALUE, such as --as-user-extra scopes=development.');
		byKey.set(key, [...(byKey.get(key) ?? []), value]);
	}

	return Object.fromEntries(byKey);
}

/** Flags of a connection that choose neither a cluster nor a user. */
const ofAnyCluster = new Set(['namespace', 'allNamespaces', 'requestTimeout']);

/** What was typed without what chooses a cluster or a user, and the flags that are left of it. */
export function withoutCluster(typed: Typed): {readonly kept: Typed; readonly left: readonly string[]} {
	const unused = Object.keys(connectionOptions).filter(name => typed[name] !== undefined && !ofAnyCluster.has(name));
	return {kept: Object.fromEntries(Object.entries(typed).filter(([name]) => !unused.includes(name))), left: unused.map(flagOf)};
}
