import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {ClusterError} from '../../source/cluster/cluster-error.ts';
import {connectionFailure} from '../../source/cluster/connection-failure.ts';
import {subjectOf} from '../../source/cluster/request-subject.ts';
import {ActionableError} from '../../source/errors.ts';

const failureOf = (code: string, message = 'x'): ActionableError =>
	connectionFailure(Object.assign(new Error(message), {code}), subjectOf('GET', '/api/v1/nodes'), 'api:6443', () => ({
		message: 'our certificate has run out',
		hint: 'renew it',
	}));

test.each([
	['ECONNREFUSED', 'ConnectionRefused'],
	['ENOTFOUND', 'Unreachable'],
	['EAI_AGAIN', 'Unreachable'],
	['EHOSTUNREACH', 'Unreachable'],
	['ETIMEDOUT', 'Unreachable'],
	['ECONNRESET', 'ConnectionLost'],
	['EPIPE', 'ConnectionLost'],
	['CERT_HAS_EXPIRED', 'TlsFailure'],
	['SELF_SIGNED_CERT_IN_CHAIN', 'TlsFailure'],
	['ERR_TLS_CERT_ALTNAME_INVALID', 'TlsFailure'],
	['ERR_SSL_WRONG_VERSION_NUMBER', 'TlsFailure'],
	['ERR_SSL_SOMETHING_NEW', 'TlsFailure'],
	['HPE_INVALID_CONSTANT', 'NotKubernetes'],
	['', 'ConnectionLost'],
])('%s means %s', (code, reason) => {
	expect(failureOf(code)).toMatchObject({reason, status: undefined, verb: 'list', resource: 'nodes'});
});

test.each([
	'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED',
	'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
	'ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN',
	'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
	'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
])('%s is the word of the server on our own certificate', code => {
	expect(failureOf(code)).toMatchObject({reason: 'TlsFailure', status: 401, message: 'our certificate has run out', hint: 'renew it'});
});

test('of several addresses tried, the first speaks for them', () => {
	const refused = Object.assign(new Error('refused'), {code: 'ECONNREFUSED'});
	const error = connectionFailure(new AggregateError([refused]), subjectOf('GET', '/x'), 'api', () => ({message: '', hint: ''}));
	expect(error).toMatchObject({reason: 'ConnectionRefused'});
});

test('an error that is for people already is handed on', () => {
	const error = new ActionableError('a', 'b');
	expect(connectionFailure(error, subjectOf('GET', '/x'), 'api', () => ({message: '', hint: ''}))).toBe(error);
});

test('whatever the error, message and hint are one line each', () => {
	fc.assert(
		fc.property(fc.string({unit: 'binary'}), fc.string({unit: 'binary'}), (code, message) => {
			const error = failureOf(code, message);
			expect(error).toBeInstanceOf(ClusterError);
			expect(`${error.message}${error.hint}`).not.toMatch(/[\u0000-\u001F\u007F]/u);
			expect(error.hint).not.toBe('');
		}),
	);
});
