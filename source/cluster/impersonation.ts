import {UsageError} from '../errors.ts';

/** Who the requests are made as (Kubernetes docs, "User impersonation"). */
export type Impersonation = {
	readonly user?: string | undefined;
	readonly uid?: string | undefined;
	readonly groups?: readonly string[] | undefined;
	readonly extra?: Readonly<Record<string, readonly string[]>> | undefined;
};

/**
 * The headers that ask for it; each group and each value of an extra field goes out as a header line of its own.
 * @throws UsageError when a group, a uid or an extra field comes without a user, or a value does not fit into a header
 */
export function impersonationHeaders({user, uid, groups = [], extra = {}}: Impersonation): Record<string, string | string[]> {
	if (!user) {
		if (!uid && groups.length === 0 && Object.keys(extra).length === 0) return {};
		throw new UsageError('a group, a UID or an extra field is impersonated, but no user', 'Set the user too: --as USER');
	}

	return {
		'Impersonate-User': headerValue(user),
		...(uid && {'Impersonate-Uid': headerValue(uid)}),
		...(groups.length > 0 && {'Impersonate-Group': groups.map(headerValue)}),
		...Object.fromEntries(Object.entries(extra).map(([key, values]) => [`Impersonate-Extra-${headerName(key)}`, values.map(headerValue)])),
	};
}

/** UTF-8 as Go sends it: Node writes one byte for each character. */
function headerValue(value: string): string {
	if (/[\u0000-\u001F\u007F]/u.test(value))
		throw new UsageError('a name to impersonate contains control characters', 'Check --as, --as-group, --as-uid and --as-user-extra.');
	return Buffer.from(value, 'utf8').toString('latin1');
}

/** Percent-encodes what no header name may hold, and the percent sign itself (client-go, transport/round_trippers.go, headerKeyEscape). */
function headerName(key: string): string {
	return [...Buffer.from(key, 'utf8')]
		.map(byte =>
			/[\w!#$&'*+.^`|~-]/u.test(String.fromCodePoint(byte))
				? String.fromCodePoint(byte)
				: `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
		)
		.join('');
}
