import path from 'node:path';
import {ActionableError, UsageError} from '../../errors.ts';
import {isArchive, portmapInArchive, versionInName} from './archive.ts';
import {assertSum, sumIn} from './checksum.ts';
import {inspectPortmap} from './inspect.ts';
import type {Portmap} from './portmap.ts';
import {releaseChecksum} from './release-checksums.ts';
import {shownSource} from './shown-source.ts';

/** Fetches one URL; see download.ts. */
export type Fetch = (url: string, signal: AbortSignal) => Promise<Uint8Array>;

/**
 * Address of an official archive (names since 0.8.0; containernetworking/plugins, scripts/release.sh).
 * @throws UsageError for what is no version
 */
export function releaseUrl(version: string, architecture: string): string {
	const plain = /^v?(\d+\.\d+\.\d+)$/.exec(version)?.[1];
	if (plain === undefined)
		throw new UsageError(`release:${version} is not a version of containernetworking/plugins`, 'Write it like release:1.9.1.');
	return `https://github.com/containernetworking/plugins/releases/download/v${plain}/cni-plugins-linux-${architecture}-v${plain}.tgz`;
}

/**
 * An archive or a binary from a URL, a mirror's included. It is believed only with a sum: the one the user gives, else the
 * official one that is kept here for an archive of that name, else the `.sha256` file beside it, which guards against a
 * damaged copy but not against a server that lies.
 * @throws ActionableError
 */
export async function portmapFromUrl(url: string, fetch: Fetch, signal: AbortSignal, expectedSum?: string): Promise<Portmap> {
	const {pathname} = new URL(url);
	const shown = shownSource(url);
	const kept = releaseChecksum(path.posix.basename(pathname));
	const content = await fetch(url, signal);
	if (expectedSum !== undefined) assertSum(content, expectedSum, shown, '--portmap-sha256');
	else if (kept !== undefined) assertSum(content, kept, shown, 'the official release');
	else assertSum(content, await publishedSum(url, fetch, signal), shown, 'its .sha256');
	return inspectPortmap(isArchive(content) ? await portmapInArchive(content, shown) : content, shown, versionInName(pathname));
}

async function publishedSum(url: string, fetch: Fetch, signal: AbortSignal): Promise<string> {
	const beside = new URL(url);
	beside.pathname += '.sha256';
	const sum = sumIn(new TextDecoder().decode(await fetch(beside.href, signal)));
	if (sum !== undefined) return sum;
	throw new ActionableError(`${shownSource(beside.href)} contains no checksum`, 'Set it yourself: --portmap-sha256 SUM');
}
