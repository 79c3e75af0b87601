import {hostPortName, type Diagnosis} from '../diagnosis/diagnosis.ts';
import {countOf, summaryOf} from '../proof/judge.ts';
import type {Proof, ProofResult} from '../proof/proof.ts';

export type RepairVerdict = {
	/** Everything that a repair answers for works. */
	readonly ok: boolean;
	/** One line. */
	readonly summary: string;
};

/**
 * Applications behind hostPorts that do not answer at their own address, or whose pods do not run (HP21), by workload and port:
 * names of pods change with a repair.
 */
export function silentApplications(diagnosis: Diagnosis): ReadonlySet<string> {
	const keys = keysOf(diagnosis);
	const silent = diagnosis.findings.filter(({code}) => code === 'HP21').flatMap(({hostPorts}) => hostPorts);
	return new Set(silent.flatMap(name => keys.get(name) ?? []));
}

/**
 * What connections after a repair say of it. An application that was silent before is not repaired, nor broken by it; one
 * that is silent since counts as a failure, like every port that does not answer.
 */
export function judgeRepair(proof: Proof, diagnosis: Diagnosis, silentBefore: ReadonlySet<string>): RepairVerdict {
	const keys = keysOf(diagnosis);
	const failed = proof.results.filter(({verdict}) => verdict === 'fails');
	const isExcused = ({note, hostPort}: ProofResult): boolean => note.startsWith('HP21') && silentBefore.has(keys.get(hostPort) ?? '');
	const [first, ...more] = failed.filter(result => !isExcused(result));
	if (first !== undefined) {
		const others = more.length === 0 ? '' : ` and ${more.length} more`;
		const why = [first.error, first.note].filter(text => text !== '').join(', ');
		return {ok: false, summary: `${first.hostPort} from ${first.via} (${first.from}): ${why}${others}; ${summaryOf(proof)}`};
	}

	const summary = [summaryOf(proof), ...proof.unasked.slice(0, 3), ...excuses(failed)].join('; ');
	// Nothing failed because nothing could be tried: that is no proof.
	return {ok: proof.unasked.length === 0 || countOf(proof).works > 0, summary};
}

function excuses(failed: readonly ProofResult[]): string[] {
	const names = [...new Set(failed.map(({hostPort}) => hostPort))];
	if (names.length === 0) return [];
	const shown = names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
	return [`the application behind ${shown} does not answer, as before (HP21)`];
}

function keysOf({hostPorts}: Diagnosis): ReadonlyMap<string, string> {
	return new Map(
		hostPorts.map(each => {
			const workload = each.owner === '' ? `Pod/${each.pod}` : each.owner;
			return [hostPortName(each), `${each.namespace} ${workload} ${each.hostPort}/${each.protocol}`];
		}),
	);
}
