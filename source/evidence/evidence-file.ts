import {parseJson} from '../bounded-json.ts';
import {UsageError, whyUnusable} from '../errors.ts';
import {firstIssue} from '../first-issue.ts';
import {printableLine} from '../foreign-text.ts';
import {readNamedFile, shownFile, writeNamedFile} from '../named-file.ts';
import {withFieldsOfToday} from './earlier-evidence.ts';
import {type Evidence, evidenceSchema} from './evidence.ts';
import {jsonTexts} from './json-texts.ts';
import {withoutServer, type Redactor} from './redact.ts';
import {at, textOf} from './untyped.ts';

/** About the longest text that the runtime takes; evidence of 5,000 nodes is a tenth of it. */
const maximumBytes = 512 * 1024 * 1024;

/** The longest text that may stand before and behind it in a paste. */
const longestFrame = 4096;

/**
 * Writes evidence to a file; see `writeNamedFile`.
 * @param redact what is put into it instead of addresses and secrets (`addressRedactor`); the evidence as it is unless told
 * @throws UsageError where the file cannot be written
 */
export async function saveEvidence(
	file: string,
	evidence: Evidence,
	where: {readonly stdout: NodeJS.WritableStream; readonly signal: AbortSignal},
	redact?: Redactor,
): Promise<void> {
	await writeNamedFile(file, redact === undefined ? jsonTexts(evidence) : jsonTexts(withoutServer(evidence), redact), where);
}

/**
 * Reads evidence from a file, also one of an earlier version; `-` is standard input.
 * @throws UsageError for anything that is not evidence
 */
export async function loadEvidence(file: string, signal: AbortSignal): Promise<Evidence> {
	const name = shownFile(file);
	const hint = 'Use a file written by kubectl hostport check --save';
	const text = withoutMark(await read(file, name, {hint, signal}));
	let value: unknown;
	try {
		value = parseJson(withoutFrame(text));
	} catch (error) {
		throw new UsageError(`${name} is not evidence: ${whyNotJson(text)}`, hint, error);
	}

	const [version, kind] = [textOf(at(value, 'apiVersion')), textOf(at(value, 'kind'))];
	if (kind !== 'Evidence' || version !== 'hostport.dev/v1') {
		const found = kind === '' ? 'has no kind' : `is ${printableLine(`${version} ${kind}`, 80)}`;
		throw new UsageError(`${name} is not evidence: it ${found}`, hint);
	}

	const result = evidenceSchema.safeParse(value);
	if (result.success) return withFieldsOfToday(result.data);
	throw new UsageError(`${name} is not evidence: ${printableLine(firstIssue(result.error), 200)}`, hint);
}

/** The bytes behind a byte order mark; Windows PowerShell writes what a program prints as UTF-16. */
function withoutMark(bytes: Buffer): Buffer {
	if (bytes[0] === 0xff && bytes[1] === 0xfe) return Buffer.from(bytes.subarray(2).toString('utf16le'));
	return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/** What a person pastes around it: the command that printed it, its warnings, the fence of a code block. */
function withoutFrame(text: Buffer): Buffer {
	const [start, end] = [text.indexOf('{'), text.lastIndexOf('}') + 1];
	const isFramed = start !== -1 && end > start && start <= longestFrame && text.length - end <= longestFrame;
	return isFramed ? text.subarray(start, end) : text;
}

function whyNotJson(text: Buffer): string {
	const [first, last] = [text.subarray(0, 64).toString().trim(), text.subarray(-64).toString().trim()];
	if (first === '') return 'it is empty';
	return first.startsWith('{') && !last.endsWith('}') ? 'it is cut off: its end is missing' : 'it is not JSON';
}

async function read(file: string, name: string, {hint, signal}: {readonly hint: string; readonly signal: AbortSignal}): Promise<Buffer> {
	try {
		return await readNamedFile(file, {maximumBytes, signal});
	} catch (error) {
		signal.throwIfAborted();
		throw new UsageError(`${name} cannot be read: ${whyUnusable(error)}`, hint, error);
	}
}
