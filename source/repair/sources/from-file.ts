import {readFile, stat} from 'node:fs/promises';
import path from 'node:path';
import {messageOf, UsageError} from '../../errors.ts';
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
export async function portmapFromFile(file: string, expectedSum?: string): Promise<Portmap> {
	const content = await readLimited(file);
	const name = path.basename(file);
	if (expectedSum !== undefined) assertSum(content, expectedSum, file, '--portmap-sha256');
	if (!isArchive(content)) return inspectPortmap(content, file);
	const beside = expectedSum === undefined ? sumIn(await readFile(`${file}.sha256`, 'utf8').catch(() => '')) : undefined;
	if (beside !== undefined) assertSum(content, beside, file, `${name}.sha256`);
	return inspectPortmap(await portmapInArchive(content, file), file, versionInName(name));
}

async function readLimited(file: string): Promise<Uint8Array> {
	try {
		const {size} = await stat(file);
		if (size > largestFile) throw new Error(`${size} bytes is too large`);
		return await readFile(file);
	} catch (error) {
		throw new UsageError(
			`the portmap file cannot be read: ${messageOf(error)}`,
			'Name the portmap binary itself or an archive of containernetworking/plugins.',
			error,
		);
	}
}
