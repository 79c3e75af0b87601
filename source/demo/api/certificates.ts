import {generateKeyPairSync, randomBytes, sign, type KeyObject} from 'node:crypto';
import {bitString, context, explicit, integer, objectIdentifier, octetString, sequence, set, time, truth, utf8String} from './der.ts';

/** PEM texts of one demo cluster: made at its start, held in memory, never written but for the authority's certificate. */
export type Certificates = {
	readonly authority: string;
	readonly certificate: string;
	readonly key: string;
};

// RFC 5758: ecdsa-with-SHA256. RFC 5280: the name and extension identifiers.
const signatureAlgorithm = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
const commonName = '2.5.4.3';
const extensionIds = {
	keyUsage: '2.5.29.15',
	subjectAlternativeName: '2.5.29.17',
	basicConstraints: '2.5.29.19',
	extendedKeyUsage: '2.5.29.37',
};
const serverAuthentication = '1.3.6.1.5.5.7.3.1';

/** Makes a certificate authority and a server certificate for 127.0.0.1 and localhost (X.509 v3, P-256, valid for 30 days). */
export function makeCertificates(now: Date): Certificates {
	const authorityKeys = generateKeyPairSync('ec', {namedCurve: 'P-256'});
	const serverKeys = generateKeyPairSync('ec', {namedCurve: 'P-256'});
	const authorityName = name('kubectl-hostport demo authority');
	const validity = sequence(time(new Date(now.getTime() - 3_600_000)), time(new Date(now.getTime() + 30 * 86_400_000)));
	const authority = certificate(authorityKeys.privateKey, [
		authorityName,
		validity,
		authorityName,
		authorityKeys.publicKey.export({type: 'spki', format: 'der'}),
		extensions([
			extension(extensionIds.basicConstraints, true, sequence(truth(true))),
			// keyCertSign and cRLSign: bits 5 and 6.
			extension(extensionIds.keyUsage, true, bitString(Buffer.from([0b0000_0110]), 1)),
		]),
	]);
	const server = certificate(authorityKeys.privateKey, [
		authorityName,
		validity,
		name('kubectl-hostport demo'),
		serverKeys.publicKey.export({type: 'spki', format: 'der'}),
		extensions([
			extension(extensionIds.basicConstraints, true, sequence()),
			extension(extensionIds.keyUsage, true, bitString(Buffer.from([0b1000_0000]), 7)),
			extension(extensionIds.extendedKeyUsage, false, sequence(objectIdentifier(serverAuthentication))),
			// GeneralName: dNSName is context tag 2, iPAddress 7.
			extension(
				extensionIds.subjectAlternativeName,
				false,
				sequence(context(2, Buffer.from('localhost')), context(7, Buffer.from([127, 0, 0, 1]))),
			),
		]),
	]);
	return {
		authority: pem(authority),
		certificate: pem(server),
		key: serverKeys.privateKey.export({type: 'pkcs8', format: 'pem'}).toString(),
	};
}

/** Signs RFC 5280's TBSCertificate: version 3, a random serial number, then `parts` from the issuer on. */
function certificate(key: KeyObject, [issuer, ...rest]: [Buffer, ...Buffer[]]): Buffer {
	const serial = randomBytes(16);
	serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
	const body = sequence(explicit(0, integer(Buffer.from([2]))), integer(serial), signatureAlgorithm, issuer, ...rest);
	return sequence(body, signatureAlgorithm, bitString(sign('sha256', body, key)));
}

function name(common: string): Buffer {
	return sequence(set(sequence(objectIdentifier(commonName), utf8String(common))));
}

function extensions(list: readonly Buffer[]): Buffer {
	return explicit(3, sequence(...list));
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
	return sequence(objectIdentifier(id), ...(critical ? [truth(true)] : []), octetString(value));
}

function pem(der: Buffer): string {
	const lines = der.toString('base64').replaceAll(/.{64}/gu, '$&\n').trimEnd();
	return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}
