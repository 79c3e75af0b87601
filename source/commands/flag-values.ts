import type {ConnectionFlags} from '../cluster/connection-flags.ts';
import type {Strategy} from '../diagnosis/strategy.ts';
import {UsageError} from '../errors.ts';
import type {FlagValues} from '../flags.ts';

/** A flag's text, or undefined where it was not given. */
export function textFlag(flags: FlagValues, name: string): string | undefined {
	const value = flags[name];
	return typeof value === 'string' ? value : undefined;
}

/** All texts of a flag that may be repeated; none where it was not given. */
export function textsFlag(flags: FlagValues, name: string): readonly string[] {
	const value = flags[name];
	return Array.isArray(value) ? value : typeof value === 'string' ? [value] : [];
}

/** A flag's number, or undefined where it was not given. */
export function numberFlag(flags: FlagValues, name: string): number | undefined {
	const value = flags[name];
	return typeof value === 'number' ? value : undefined;
}

/** What `--strategy` says; undefined where it is left to what is recommended. */
export function strategyFlag(flags: FlagValues): Strategy | undefined {
	return textFlag(flags, 'strategy') as Strategy | undefined;
}

/** The connection flags in the form that the cluster room takes. @throws UsageError for an extra field without key or value */
export function connectionFlagsOf(flags: FlagValues): ConnectionFlags {
	const texts = {
		kubeconfig: textFlag(flags, 'kubeconfig'),
		context: textFlag(flags, 'context'),
		cluster: textFlag(flags, 'cluster'),
		user: textFlag(flags, 'user'),
		namespace: textFlag(flags, 'namespace'),
		server: textFlag(flags, 'server'),
		token: textFlag(flags, 'token'),
		as: textFlag(flags, 'as'),
		asUid: textFlag(flags, 'as-uid'),
		certificateAuthority: textFlag(flags, 'certificate-authority'),
		clientCertificate: textFlag(flags, 'client-certificate'),
		clientKey: textFlag(flags, 'client-key'),
		tlsServerName: textFlag(flags, 'tls-server-name'),
		requestTimeout: textFlag(flags, 'request-timeout'),
	};
	const groups = flags['as-group'];
	const extra = textsFlag(flags, 'as-user-extra');
	return {
		...Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== undefined)),
		...(Array.isArray(groups) && {asGroup: groups}),
		...(extra.length > 0 && {asUserExtra: userExtra(extra)}),
		...(flags['insecure-skip-tls-verify'] === true && {insecureSkipTlsVerify: true}),
		verbosity: numberFlag(flags, 'verbosity') ?? 0,
	};
}

/** Values by key: what is given twice has both. */
function userExtra(fields: readonly string[]): Readonly<Record<string, readonly string[]>> {
	const byKey = new Map<string, string[]>();
	for (const field of fields) {
		const [, key, value] = /^([^=]+)=(.+)$/su.exec(field) ?? [];
		if (key === undefined || value === undefined)
			throw new UsageError(`--as-user-extra cannot be "${field}"`, 'Give KEY=VALUE, such as --as-user-extra scopes=development');
		byKey.set(key, [...(byKey.get(key) ?? []), value]);
	}

	return Object.fromEntries(byKey);
}
