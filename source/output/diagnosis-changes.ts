import {hostPortName, stateWords, type Diagnosis} from '../diagnosis/diagnosis.ts';

/** A node, a hostPort or a code, and what is so of it now; `gone` where it is there no more. */
export type Change = readonly [what: string, now: string];

/** What differs between two diagnoses of one cluster: nodes first, then hostPorts, then findings. Empty where nothing does. */
export function diagnosisChanges(before: Diagnosis, after: Diagnosis): readonly Change[] {
	return [
		...changesOf(
			new Map(before.nodes.map(({name, verdict, reason}) => [name, stateOf(verdict, reason)])),
			new Map(after.nodes.map(({name, verdict, reason}) => [name, stateOf(verdict, reason)])),
			'node/',
		),
		...changesOf(
			new Map(before.hostPorts.map(port => [hostPortName(port), stateWords[port.state]])),
			new Map(after.hostPorts.map(port => [hostPortName(port), stateWords[port.state]])),
			'',
		),
		...changesOf(findingsOf(before), findingsOf(after), ''),
	];
}

const stateOf = (verdict: string, reason: string): string => (reason === '' ? verdict : `${verdict}: ${reason}`);

/** By code: several findings of one code are told together. */
const findingsOf = ({findings}: Diagnosis): ReadonlyMap<string, string> =>
	new Map(
		[...Map.groupBy(findings, ({code}) => code)].map(([code, all]) => [
			code,
			all.map(({severity, title}) => `${severity}: ${title}`).join('; '),
		]),
	);

function changesOf(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>, prefix: string): Change[] {
	const changed = [...after]
		.filter(([name, state]) => before.get(name) !== state)
		.map(([name, state]) => [`${prefix}${name}`, state] as const);
	const gone = [...before.keys()].filter(name => !after.has(name)).map(name => [`${prefix}${name}`, 'gone'] as const);
	return [...changed, ...gone];
}
