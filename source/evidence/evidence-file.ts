import {randomBytes} from 'node:crypto';
import {open, rename, rm, stat} from 'node:fs/promises';
import {createReadStream} from 'node:fs';
import {pipeline} from 'node:stream/promises';
import {prettifyError} from 'zod/mini';
import {messageOf, UsageError} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import {type Evidence, evidenceSchema} from './evidence.ts';
import {at, textOf} from './untyped.ts';

/** About the longest text that the runtime takes; evidence of 5,000 nodes is a tenth of it. */
const maximumBytes = 512 * 1024 * 1024;

/**
 * Writes evidence to a file that only its owner may read. The file is there whole or not at all.
 * @throws UsageError where the file cannot be written
 */
export async function saveEvidence(file: string, evidence: Evidence): Promise<void> {
	const temporary = `${file}.${randomBytes(4).toString('hex')}.tmp`;
	try {
		const handle = await open(temporary, 'wx', 0o600);
		try {
			await handle.writeFile(`${JSON.stringify(evidence, undefined, '\t')}\n`);
			await handle.sync();
		} finally {
			await handle.close();
		}

		await rename(temporary, file);
	} catch (error) {
		await rm(temporary, {force: true});
		throw new UsageError(`${file} cannot be written: ${messageOf(error)}`, 'Name a file in a folder that you may write to', error);
	}
}

/**
 * Reads evidence from a file, also one of an earlier version; `-` is standard input.
 * @throws UsageError for anything that is not evidence
 */
export async function loadEvidence(file: string): Promise<Evidence> {
	const name = file === '-' ? 'standard input' : file;
	const hint = 'Name a file that kubectl hostport check --save has written';
	const text = await read(file, name, hint);
	let value: unknown;
	try {
		value = JSON.parse(text) as unknown;
	} catch (error) {
		throw new UsageError(`${name} is not evidence: not JSON`, hint, error);
	}

	const [version, kind] = [textOf(at(value, 'apiVersion')), textOf(at(value, 'kind'))];
	if (kind !== 'Evidence' || version !== 'hostport.dev/v1') {
		const found = kind === '' ? 'has no kind' : `is ${printableLine(`${version} ${kind}`, 80)}`;
		throw new UsageError(`${name} is not evidence: it ${found}`, hint);
	}

	const result = evidenceSchema.safeParse(value);
	if (result.success) return result.data;
	throw new UsageError(`${name} is not evidence: ${printableLine(prettifyError(result.error), 200)}`, hint);
}

async function read(file: string, name: string, hint: string): Promise<string> {
	const tooLarge = (): UsageError => new UsageError(`${name} is larger than 512 MiB`, hint);
	try {
		if (file !== '-' && (await stat(file)).size > maximumBytes) throw tooLarge();
		const chunks: Buffer[] = [];
		let size = 0;
		await pipeline(file === '-' ? process.stdin : createReadStream(file), async source => {
			for await (const chunk of source as AsyncIterable<Buffer>) {
				size += chunk.length;
				if (size > maximumBytes) throw tooLarge();
				chunks.push(chunk);
			}
		});
		return Buffer.concat(chunks).toString('utf8');
	} catch (error) {
		if (error instanceof UsageError) throw error;
		throw new UsageError(`${name} cannot be read: ${messageOf(error)}`, hint, error);
	}
}
