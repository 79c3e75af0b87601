import {ActionableError, messageOf} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import {ClusterError, type ConnectionFailure} from './cluster-error.ts';
import {ProxyError} from './proxy-tunnel.ts';
import {subjectText, type RequestSubject} from './request-subject.ts';
import type {Unauthorized} from './server-answer.ts';

const unknownAuthority = new Set([
	'DEPTH_ZERO_SELF_SIGNED_CERT',
	'SELF_SIGNED_CERT_IN_CHAIN',
	'UNABLE_TO_GET_ISSUER_CERT',
	'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
	'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
	'CERT_UNTRUSTED',
	'CERT_SIGNATURE_FAILURE',
	'CERT_CHAIN_TOO_LONG',
	'INVALID_CA',
]);

/** What an error of the socket, of TLS or of HTTP means for the one who waits. Errors that say so themselves are handed on. */
export function connectionFailure(error: unknown, subject: RequestSubject, server: string, refused: Unauthorized): ActionableError {
	if (error instanceof ActionableError) return error;
	// A fault of our own, not of the connection.
	if (error instanceof TypeError || error instanceof ReferenceError) throw error;
	const fail = (reason: ConnectionFailure, message: string, hint: string, status?: number): ClusterError =>
		new ClusterError(message, hint, subject, {reason, status, cause: error});
	if (error instanceof ProxyError)
		return fail('ProxyFailure', error.message, 'Check proxy-url in the kubeconfig, HTTPS_PROXY and NO_PROXY');
	const code = codeOf(error);
	// An alert is the server's word on us: our certificate is missing, expired or of another authority. As with 401 a new one may do.
	if (/^ERR_SSL_.*ALERT_(?:\w*CERTIFICATE\w*|UNKNOWN_CA|ACCESS_DENIED)$/u.test(code)) {
		const {message, hint} = refused();
		return fail('TlsFailure', message, hint, 401);
	}

	const tls = tlsFailure(code, error, server);
	if (tls !== undefined) return fail('TlsFailure', tls.message, tls.hint);
	switch (code) {
		case 'ECONNREFUSED':
			return fail('ConnectionRefused', `connection refused by ${server}`, 'Check the server address, and that the API server runs');
		case 'ENOTFOUND':
			return fail('Unreachable', `cannot resolve the host name of ${server}`, 'Check the server address, the VPN and DNS');
		case 'EAI_AGAIN':
			return fail('Unreachable', `the DNS lookup of ${server} failed`, 'Check the network and DNS');
		case 'EHOSTUNREACH':
		case 'ENETUNREACH':
		case 'EHOSTDOWN':
			return fail('Unreachable', `no route to ${server} from this machine`, 'Check the network: VPN, route, firewall');
		case 'ETIMEDOUT':
			return fail('Unreachable', `connection to ${server} timed out`, 'Check the network: VPN, firewall, proxy');
		case 'ECONNRESET':
		case 'EPIPE':
		case 'ECONNABORTED':
			return fail(
				'ConnectionLost',
				`${server} closed the connection while asked to ${subjectText(subject)}`,
				'Try again; if it happens again, check firewalls and proxies between here and the server',
			);
		default:
			return code.startsWith('HPE_')
				? fail('NotKubernetes', `${server} does not speak HTTP/1.1`, 'Check the server address: another service answers there')
				: fail(
						'ConnectionLost',
						`cannot ${subjectText(subject)} at ${server}: ${printableLine(messageOf(error), 200)}`,
						'Try again, with -v 6 to see each request',
					);
	}
}

function tlsFailure(code: string, error: unknown, server: string): {message: string; hint: string} | undefined {
	if (unknownAuthority.has(code)) {
		return {
			message: `the certificate of ${server} is signed by an authority that is not trusted`,
			hint: 'Check the server address. If it is right, set its authority in certificate-authority-data of the kubeconfig or with --certificate-authority',
		};
	}

	switch (code) {
		case 'CERT_HAS_EXPIRED':
			return {
				message: `the certificate of ${server}, or of its authority, has expired`,
				hint: 'Renew it (kubeadm certs renew apiserver), and check the clock of this machine',
			};
		case 'CERT_NOT_YET_VALID':
			return {message: `the certificate of ${server} is not valid yet`, hint: 'Check the clock of this machine'};
		case 'ERR_TLS_CERT_ALTNAME_INVALID': {
			// Node: "Hostname/IP does not match certificate's altnames: <why>"
			const why = printableLine(messageOf(error).replace(/^Hostname\/IP does not match certificate's altnames: /u, ''), 200);
			return {
				message: `the certificate of ${server} is for another name: ${why}`,
				hint: 'Use a name of the certificate as the server address or as --tls-server-name',
			};
		}

		case 'ERR_SSL_WRONG_VERSION_NUMBER':
		case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
			return {
				message: `${server} does not speak TLS`,
				hint: 'Use an http:// address for a server without TLS, such as kubectl proxy',
			};
		default:
			return /^(?:ERR_SSL_|ERR_TLS_|CERT_|EPROTO)/u.test(code)
				? {
						message: `no secure connection to ${server}: ${printableLine(code, 80)}`,
						hint: 'Check the server address, proxies in between, and for an old TLS version',
					}
				: undefined;
	}
}

/** Of several addresses tried, Node reports all; the first speaks for them. */
function codeOf(error: unknown): string {
	const {code, errors} = error as {code?: unknown; errors?: unknown};
	if (typeof code === 'string') return code;
	return Array.isArray(errors) && errors.length > 0 ? codeOf(errors[0]) : '';
}
