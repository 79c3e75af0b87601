import {printableLine} from '../foreign-text.ts';
import {writeNamedFile} from '../named-file.ts';
import {diagnosisFormats} from '../output/formats.ts';
import type {Look} from '../session/look.ts';
import type {Session} from '../session/session.ts';

/** Writes what was found as `check -o markdown` prints it. @throws UsageError where the file cannot be written */
export async function saveReport(
	{evidence, diagnosis}: Look,
	file: string,
	{stdout, signal}: Pick<Session, 'stdout' | 'signal'>,
): Promise<string> {
	const render = await diagnosisFormats.markdown();
	await writeNamedFile(file, render({diagnosis, evidence, colour: false}), {stdout, signal});
	return `report written to ${printableLine(file)}`;
}
