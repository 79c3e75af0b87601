import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {runtimePackage} from './compile.ts';
import type {Bundled} from './notices.ts';
import type {Target} from './targets.ts';

const root = path.dirname(path.dirname(import.meta.dirname));

type Lock = {packages: Readonly<Record<string, {integrity?: string}>>};
type Hash = {readonly alg: 'SHA-512'; readonly content: string};

/**
 * The software bill of materials of all executables as CycloneDX 1.6 in JSON: the packages in the bundle, as the lock file pins them, and the
 * runtimes. It holds no time, and its serial number follows from its content: one source, one document.
 */
export function sbom(version: string, packages: readonly Bundled[], targets: readonly Target[]): string {
	const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as Lock;
	const bundled = packages.map(({name, version, licence, folder}) =>
		component('library', name, version, licence, hashesOf(lock.packages[folder]?.integrity)),
	);
	const runtimes = targets.map(({runtime}) => {
		const {name, version, integrity} = runtimePackage(runtime);
		return component('platform', name, version, 'MIT', hashesOf(integrity));
	});
	const subject = component('application', 'kubectl-hostport', version, 'Apache-2.0', []);
	const components = [...bundled, ...runtimes];
	const content = {
		metadata: {component: subject},
		components,
		dependencies: [
			{ref: subject['bom-ref'], dependsOn: components.map(each => each['bom-ref'])},
			...components.map(each => ({ref: each['bom-ref']})),
		],
	};
	const digest = createHash('sha256').update(JSON.stringify(content)).digest('hex');
	// The form of a UUID made of a digest (RFC 9562, version 8).
	const uuid = `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
	return `${JSON.stringify({bomFormat: 'CycloneDX', specVersion: '1.6', serialNumber: `urn:uuid:${uuid}`, version: 1, ...content}, undefined, '\t')}\n`;
}

function component(type: 'application' | 'library' | 'platform', name: string, version: string, licence: string, hashes: readonly Hash[]) {
	const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
	return {type, 'bom-ref': purl, name, version, ...(hashes.length > 0 ? {hashes} : {}), licenses: [{license: {id: licence}}], purl};
}

/** Of npm's `sha512-BASE64`; the lock file gives no more. */
function hashesOf(integrity: string | undefined): readonly Hash[] {
	const sha512 = /^sha512-(\S+)/u.exec(integrity ?? '')?.[1];
	return sha512 === undefined ? [] : [{alg: 'SHA-512', content: Buffer.from(sha512, 'base64').toString('hex')}];
}
