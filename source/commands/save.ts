import type {Evidence} from '../evidence/evidence.ts';
import {saveEvidence} from '../evidence/evidence-file.ts';
import {redacted} from '../evidence/redact.ts';
import {savedPart} from '../evidence/saved-part.ts';
import {printableLine} from '../foreign-text.ts';
import type {CommandContext} from './command.ts';

/**
 * Saves evidence as `--save` does, with addresses replaced unless `--no-redact` was given; gives one line that says what is not in the file.
 * @throws UsageError where the file cannot be written
 */
export async function save({flags, stdout, signal}: CommandContext, file: string, evidence: Evidence): Promise<string> {
	const part = savedPart(evidence);
	await saveEvidence(file, flags['redact'] === false ? part : redacted(part), {stdout, signal});
	const missing = part.notSaved ?? [];
	return `evidence written to ${printableLine(file)}${missing.length === 0 ? '' : ` (not saved: ${missing.join(', ')})`}`;
}
