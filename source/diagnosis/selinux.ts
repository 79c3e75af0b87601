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
	if (event === undefined) return installerDenial(node);
	const program = /fork\/exec (\S+?): permission denied/i.exec(event.message)?.[1];
	const file = observation?.binaryFolder?.files.find(({name}) => program?.endsWith(`/${name}`));
	const mayNotRun = file !== undefined && file.mode !== '' && (Number.parseInt(file.mode, 8) & 0o111) === 0;
	if (program === undefined ? portmapFailure === undefined : mayNotRun) {
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

/** The agent's init containers write plugins and a mount helper into folders of the node: where they may not, no agent comes up. */
function installerDenial({node, observation, name, binary}: NodeView): ReturnType<typeof selinuxDenial> {
	const {ready = true, trouble = ''} = node.agent ?? {};
	const label = observation?.facts['selinux:'];
	return ready || !/permission denied/i.test(trouble)
		? undefined
		: {
				what: 'the Cilium agent may not write what it installs',
				proofs: [
					{source: `agent pod on ${name}`, says: trouble},
					{source: `SELinux on ${name}`, says: 'enforcing'},
					...(label === undefined ? [] : [{source: `label of ${binary.folder}`, says: label}]),
				],
			};
}
