import {access, constants, readFile} from 'node:fs/promises';
import path from 'node:path';
import {UsageError, whyUnusable} from '../../errors.ts';
import {readNamedFile, shownFile} from '../../named-file.ts';
import {isArchive, portmapInArchive, versionInName} from './archive.ts';
import {assertSum, sumIn} from './checksum.ts';
import {inspectPortmap} from './inspect.ts';
import type {Portmap} from './portmap.ts';

/** Release archives are 40 to 60 MB. */
const largestFile = 256 * 1024 * 1024;

/**
 * A binary or a release archive from the user's disk, checked against the sum the user gives or, for an archive, against
 * the `.sha256` file beside it.
 * @throws UsageError where it cannot be read or is not what it should be
 */
export async function portmapFromFile(file: string, signal: AbortSignal, expectedSum?: string): Promise<Portmap> {
	const content = await readLimited(file, signal);
	const [name, shown] = [path.basename(file), shownFile(file)];
	if (expectedSum !== undefined) assertSum(content, expectedSum, shown, '--portmap-sha256');
	if (!isArchive(content)) return inspectPortmap(content, shown);
	const beside = expectedSum === undefined ? sumIn(await readFile(`${file}.sha256`, 'utf8').catch(() => '')) : undefined;
	if (beside !== undefined) assertSum(content, beside, shown, `${name}.sha256`);
	return inspectPortmap(await portmapInArchive(content, shown), shown, versionInName(name));
}

/** @throws UsageError where there is no such file, or it may not be read */
export async function assertReadable(file: string): Promise<void> {
	try {
		await access(file, constants.R_OK);
	} catch (error) {
		throw unreadable(file, error);
	}
}

const unreadable = (file: string, error: unknown): UsageError =>
	new UsageError(
		`the portmap file ${shownFile(file)} cannot be read: ${whyUnusable(error)}`,
		'Name the portmap binary itself or an archive of containernetworking/plugins.',
		error,
	);

async function readLimited(file: string, signal: AbortSignal): Promise<Uint8Array> {
	try {
		return await readNamedFile(file, {maximumBytes: largestFile, signal});
	} catch (error) {
		signal.throwIfAborted();
		throw unreadable(file, error);
	}
}
