import {ActionableError, UsageError} from '../../errors.ts';
import {isArchive, portmapInArchive, versionInName} from './archive.ts';
import {assertSum, sumIn} from './checksum.ts';
import {inspectPortmap} from './inspect.ts';
import type {Portmap} from './portmap.ts';

/** Fetches one URL; see download.ts. */
export type Fetch = (url: string, signal: AbortSignal) => Promise<Uint8Array>;

/**
 * Address of an official archive (names since 0.8.0; containernetworking/plugins, scripts/release.sh).
 * @throws UsageError for what is no version
 */
export function releaseUrl(version: string, architecture: string): string {
	const plain = /^v?(\d+\.\d+\.\d+)$/.exec(version)?.[1];
	if (plain === undefined)
		throw new UsageError(`release:${version} is no version of containernetworking/plugins`, 'Write it like release:1.9.1');
	return `https://github.com/containernetworking/plugins/releases/download/v${plain}/cni-plugins-linux-${architecture}-v${plain}.tgz`;
}

/**
 * An archive or a binary from a URL. It is believed only with a sum: the one the user gives, else the `.sha256` file beside
 * it, which guards against a damaged copy but not against a server that lies.
 * @throws ActionableError
 */
export async function portmapFromUrl(url: string, fetch: Fetch, signal: AbortSignal, expectedSum?: string): Promise<Portmap> {
	const content = await fetch(url, signal);
	const published = expectedSum ?? sumIn(new TextDecoder().decode(await fetch(`${url}.sha256`, signal)));
	if (published === undefined) throw new ActionableError(`${url}.sha256 holds no checksum`, 'Give it yourself: --portmap-sha256 SUM');
	assertSum(content, published, url, expectedSum === undefined ? `${url}.sha256` : '--portmap-sha256');
	const version = versionInName(new URL(url).pathname);
	return inspectPortmap(isArchive(content) ? await portmapInArchive(content, url) : content, url, version);
}
