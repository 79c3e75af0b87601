import {stringify} from 'yaml';
import type {AnnouncePod} from '../access/host-pod.ts';
import {needsOf, type PodPower} from '../access/pod-powers.ts';
import type {CommandContext} from './command.ts';
import {numberFlag} from './flag-values.ts';

type SeenManifest = {readonly metadata: {readonly namespace: string; readonly name: string}; readonly spec: {readonly nodeName: string}};

/**
 * Writes the manifest of a pod to stderr before it is made: of each that may do more than read a folder, once in full for all that
 * may do the same; with `-v 1` and above of every pod.
 */
export function announcer({flags, stderr}: Pick<CommandContext, 'flags' | 'stderr'>): AnnouncePod {
	const isTalkative = (numberFlag(flags, 'verbosity') ?? 0) >= 1;
	const told = new Set<string>();
	// Over the line that shows how far it is.
	const write = (text: string): void => void stderr.write(`${stderr.isTTY ? '\r\u001B[K' : ''}${text}`);
	return async (manifest, powers) => {
		if (!isTalkative && powers.length === 0) return;
		const kind = powers.join(' ');
		const isTold = told.has(kind);
		told.add(kind);
		if (isTold && !isTalkative) return write(`# and the same ${podSummary(manifest, powers)}\n`);
		write(`# this pod is made for a moment\n${stringify(manifest)}---\n`);
	};
}

/** One line: `pod kube-system/hostport-host-1 on node-1 (NET_ADMIN, NET_RAW)`. */
export function podSummary(manifest: object, powers: readonly PodPower[]): string {
	const {metadata, spec} = manifest as SeenManifest;
	const {capabilities, hostPID, isWritable} = needsOf(powers);
	const more = [...(hostPID ? ['host PID'] : []), ...capabilities, ...(isWritable ? ['may write to the folder of CNI binaries'] : [])];
	return `pod ${metadata.namespace}/${metadata.name} on ${spec.nodeName}${more.length === 0 ? '' : ` (${more.join(', ')})`}`;
}
