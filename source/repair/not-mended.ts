import type {Diagnosis} from '../diagnosis/diagnosis.ts';

/** One finding a line with what helps: faults that no step of a repair touches, so that a finished run is not taken for their cure. */
export function notMended({findings}: Pick<Diagnosis, 'findings'>): string[] {
	return findings
		.filter(({severity, repairable}) => severity !== 'info' && !repairable)
		.map(({code, title, remedy}) => `fix does not repair ${code}: ${title}. ${remedy}`);
}
