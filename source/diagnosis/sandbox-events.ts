import type {Evidence} from '../evidence/evidence.ts';
import {secondsOf} from './time.ts';

/** A sandbox that could not be made or torn down, as an event tells it. */
export type SandboxEvent = {
	readonly node: string;
	readonly object: string;
	readonly message: string;
	/** `create` or `kill`. */
	readonly moment: 'create' | 'kill';
	/** Plugin that was not found, empty where the event says something else. */
	readonly missingPlugin: string;
	/** Folders that the runtime searched: its own truth, whatever its configuration seems to say. */
	readonly searched: readonly string[];
	/** portmap was found but could not be run: the words that say so. */
	readonly cannotRun: string;
	/** The plugin found no iptables, or no nft, to make its rules with. */
	readonly withoutBackend: string;
	/** Seconds since the epoch; undefined where the event has no time. */
	readonly lastSeen: number | undefined;
	/** The pod that it tells of is gone by now. */
	readonly isOfThePast: boolean;
};

/** Sandbox events by node, the newest first. */
export function sandboxEvents({events, pods}: Pick<Evidence, 'events' | 'pods'>): ReadonlyMap<string, readonly SandboxEvent[]> {
	const nodeOfPod = new Map(pods.map(({namespace, name, node}) => [`${namespace}/Pod/${name}`, node]));
	const byNode = new Map<string, SandboxEvent[]>();
	for (const {reason, message, namespace, object, node: reporter, lastSeen, podIs} of events) {
		const node = reporter === '' ? (nodeOfPod.get(`${namespace}/${object}`) ?? '') : reporter;
		const moment = reason === 'FailedCreatePodSandBox' || !/kill/i.test(`${reason} ${message}`) ? 'create' : 'kill';
		if (node === '' || !isAboutSandbox(reason, message) || isOver(moment, podIs) || isGone(moment, message)) {
			continue;
		}

		const missing = /failed to find plugin \\?"([^"\\]+)\\?" in path \[([^\]]*)\]/.exec(message);
		const list = byNode.get(node) ?? [];
		list.push({
			node,
			object: `${namespace}/${object}`,
			message,
			moment,
			missingPlugin: missing?.[1] ?? '',
			searched: missing?.[2]?.split(/[\s:,]+/).filter(folder => folder !== '') ?? [],
			cannotRun: /portmap/.test(message) ? (notRun.map(words => words.exec(message)?.[1]).find(Boolean) ?? '') : '',
			withoutBackend:
				/could not find nftables binary|neither iptables nor ip6tables (?:is )?usable|failed to locate iptables/.exec(message)?.[0] ?? '',
			lastSeen: secondsOf(lastSeen),
			isOfThePast: podIs === 'gone',
		});
		byNode.set(node, list);
	}

	for (const list of byNode.values()) {
		list.sort((a, b) => (b.lastSeen ?? 0) - (a.lastSeen ?? 0) || (a.object + a.message < b.object + b.message ? -1 : 1));
	}

	return byNode;
}

// Go's words for an exec that failed, then libcni's for a program that ended without an answer in CNI's form.
const notRun = [
	/(exec format error|permission denied|text file busy)/,
	/fork\/exec \S+: ([\w ]+)/,
	/netplugin failed with no error message: ((?:signal|exit status)[\w: ]+)/,
	/(netplugin failed but error parsing its diagnostic message)/,
];

/** A pod that has its network by now got over its own failed starts, and one that is gone was torn down in the end. */
function isOver(moment: SandboxEvent['moment'], podIs: Evidence['events'][number]['podIs']): boolean {
	return moment === 'create' ? podIs === 'up' : podIs === 'gone';
}

/** The kubelet came to remove a sandbox that was gone already: no fault, on a slow node even usual. */
function isGone(moment: SandboxEvent['moment'], message: string): boolean {
	return moment === 'kill' && /code = NotFound/.test(message);
}

function isAboutSandbox(reason: string, message: string): boolean {
	return (
		reason === 'FailedCreatePodSandBox' ||
		/KillPodSandbox|failed to find plugin|(?:setup|teardown|destroy) network for sandbox/.test(message)
	);
}
