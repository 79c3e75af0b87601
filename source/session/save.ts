import type {Evidence} from '../evidence/evidence.ts';
import {saveEvidence} from '../evidence/evidence-file.ts';
import {addressRedactor} from '../evidence/redact.ts';
import {savedPart} from '../evidence/saved-part.ts';
import {printableLine} from '../foreign-text.ts';
import type {Session} from './session.ts';

/**
 * Saves evidence as `--save` does, with addresses replaced unless told otherwise; gives one line that says what is not in the file.
 * @throws UsageError where the file cannot be written
 */
export async function save(
	evidence: Evidence,
	file: string,
	{redacts, stdout, signal}: Pick<Session, 'redacts' | 'stdout' | 'signal'>,
): Promise<string> {
	const part = savedPart(evidence);
	await saveEvidence(file, part, {stdout, signal}, redacts ? addressRedactor() : undefined);
	const missing = part.notSaved ?? [];
	return `evidence written to ${printableLine(file)}${missing.length === 0 ? '' : ` (not saved: ${missing.join(', ')})`}`;
}
