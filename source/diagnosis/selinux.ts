import type {Proof} from './diagnosis.ts';
import type {NodeView} from './node-view.ts';

/**
 * What SELinux keeps from happening on a node: it decides there, and the runtime met “permission denied” where the mode of the file would
 * let it. Undefined where it does not decide, where that was not seen, or where something else explains the words.
 */
export function selinuxDenial(node: NodeView): {readonly what: string; readonly proofs: readonly Proof[]} | undefined {
	const {observation, binary, events, portmapFailure} = node;
	const facts = observation?.facts ?? {};
	if (facts['selinux'] !== 'enforcing') return undefined;
	const event = events.find(({message, isOfThePast}) => !isOfThePast && /permission denied/i.test(message));
	if (event === undefined) return undefined;
	const program = /fork\/exec (\S+?): permission denied/i.exec(event.message)?.[1];
	const mode = Number.parseInt(binary.file?.mode ?? '', 8);
	if (
		program === undefined ? portmapFailure === undefined : program.endsWith('/portmap') && binary.file !== undefined && (mode & 0o111) === 0
	) {
		return undefined;
	}

	const label = (name: string, what: string): Proof[] =>
		facts[`selinux:${name}`] === undefined ? [] : [{source: `label of ${what}`, says: facts[`selinux:${name}`] ?? ''}];
	return {
		what: program === undefined ? 'portmap may not write its rules' : `the runtime may not run ${program}`,
		proofs: [
			{source: `event of ${event.object} on ${node.name}`, says: event.message},
			{source: `SELinux on ${node.name}`, says: 'enforcing'},
			...(program === undefined ? [] : [...label('', binary.folder), ...(program.endsWith('/portmap') ? label('/portmap', program) : [])]),
		],
	};
}
