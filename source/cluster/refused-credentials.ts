import {X509Certificate} from 'node:crypto';
import type {Credential} from './credential.ts';
import {tokenExpiry} from './token-expiry.ts';

/** Why the server does not take these credentials, as far as they themselves tell: their own dates. */
export function refusedCredentials(
	server: string,
	userName: string | undefined,
	kind: string,
	credential: Credential,
): {readonly message: string; readonly hint: string} {
	const user = userName === undefined ? '' : ` of kubeconfig user "${userName}"`;
	const token = credential.authorization?.startsWith('Bearer ') ? credential.authorization.slice(7) : undefined;
	const tokenEnd = token === undefined ? undefined : tokenExpiry(token);
	if (tokenEnd !== undefined && tokenEnd.getTime() < Date.now()) {
		return {message: `the token${user} expired on ${tokenEnd.toISOString()}`, hint: `Log in again (${kind})`};
	}

	const dates = certificateDates(credential.certificate);
	if (dates !== undefined && dates.end.getTime() < Date.now()) {
		return {
			message: `the client certificate${user} expired on ${dates.end.toISOString()}`,
			hint: kind.startsWith('exec plug-in')
				? `Log in again (${kind})`
				: 'Get a new one: on a kubeadm cluster run "kubeadm certs renew" and copy its kubeconfig; otherwise ask who gave you this one',
		};
	}

	if (dates !== undefined && dates.begin.getTime() > Date.now()) {
		return {
			message: `the client certificate${user} is valid only from ${dates.begin.toISOString()} on`,
			hint: 'Check the clock of this machine',
		};
	}

	return kind === 'no credentials'
		? {
				message: `${server} requires credentials, and the kubeconfig user has none`,
				hint: 'Choose another --context or --user, or use --token',
			}
		: {
				message: `${server} does not accept the credentials${user} (${kind})`,
				hint: 'Log in again; if it happens again, this user may belong to another cluster',
			};
}

function certificateDates(pem: string | undefined): {begin: Date; end: Date} | undefined {
	if (pem === undefined) return undefined;
	try {
		const {validFrom, validTo} = new X509Certificate(pem);
		return {begin: new Date(validFrom), end: new Date(validTo)};
	} catch {
		// Unreadable to us: then it says nothing about its dates.
		return undefined;
	}
}
