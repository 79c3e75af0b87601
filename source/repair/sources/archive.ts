import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {createGunzip} from 'node:zlib';
import {extract} from 'tar-stream';
import {messageOf, UsageError} from '../../errors.ts';
import {largestBinary} from './inspect.ts';

/** Whether these bytes are gzip (RFC 1952), and so an archive and no binary. */
export function isArchive(content: Uint8Array): boolean {
	return content[0] === 0x1f && content[1] === 0x8b;
}

/**
 * The file `portmap` of a release archive of containernetworking/plugins, `.tgz` with `./portmap` in it.
 * @throws UsageError where the archive is damaged or has none
 */
export async function portmapInArchive(content: Uint8Array, origin: string): Promise<Uint8Array> {
	let found: Uint8Array | undefined;
	const unpacking = extract();
	unpacking.on('entry', (header, stream, next) => {
		const isPortmap = header.type === 'file' && /^(?:\.\/)?(?:[\w.-]+\/)*portmap$/.test(header.name);
		const parts: Uint8Array[] = [];
		let size = 0;
		stream.on('data', (part: unknown) => {
			if (!(part instanceof Uint8Array)) return;
			size += part.length;
			if (isPortmap && size <= largestBinary) parts.push(part);
		});
		stream.on('end', () => {
			if (isPortmap && size <= largestBinary) found ??= Buffer.concat(parts);
			next();
		});
		stream.on('error', next);
	});
	try {
		await pipeline(Readable.from([content]), createGunzip(), unpacking);
	} catch (error) {
		throw new UsageError(`${origin} is damaged: ${messageOf(error)}`, 'Fetch it again and check its checksum.', error);
	}

	if (found === undefined)
		throw new UsageError(`${origin} contains no portmap`, 'Use an archive such as cni-plugins-linux-amd64-v1.9.1.tgz.');
	return found;
}

/** The version by an archive's usual name: `cni-plugins-linux-amd64-v1.9.1.tgz`. */
export function versionInName(name: string): string {
	return /cni-plugins(?:-[a-z0-9]+)*-v(\d+\.\d+\.\d+)\.tgz$/.exec(name)?.[1] ?? '';
}
