import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import {webcrypto} from 'node:crypto';

const algorithm = {name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256'};
const day = 86_400_000;

/** PEM texts. */
export type Issued = {readonly certificate: string; readonly key: string};

export type Authority = Issued & {
	issue(options: {commonName: string; names?: readonly string[]; from?: Date; to?: Date}): Promise<Issued>;
};

export async function createAuthority(commonName = 'test authority'): Promise<Authority> {
	const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
	const own = await x509.X509CertificateGenerator.createSelfSigned({
		name: `CN=${commonName}`,
		notBefore: new Date(Date.now() - 30 * day),
		notAfter: new Date(Date.now() + 30 * day),
		keys,
		signingAlgorithm: algorithm,
		extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
	});
	return {
		certificate: own.toString('pem'),
		key: await privatePem(keys),
		async issue({commonName, names = [], from = new Date(Date.now() - day), to = new Date(Date.now() + day)}) {
			const subject = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
			const issued = await x509.X509CertificateGenerator.create({
				subject: `CN=${commonName}`,
				issuer: own.subject,
				notBefore: from,
				notAfter: to,
				publicKey: subject.publicKey,
				signingKey: keys.privateKey,
				signingAlgorithm: algorithm,
				extensions: [
					new x509.SubjectAlternativeNameExtension(names.map(value => ({type: /^[\d.]+$|:/u.test(value) ? 'ip' : 'dns', value}))),
				],
			});
			return {certificate: issued.toString('pem'), key: await privatePem(subject)};
		},
	};
}

async function privatePem(keys: webcrypto.CryptoKeyPair): Promise<string> {
	return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
}
