import type {LoadedFile} from '../cilium/loaded-file.ts';
import {isMultus} from '../cilium/multus.ts';
import type {Evidence} from '../evidence/evidence.ts';
import {secondsOf} from './time.ts';

/** A sandbox that could not be made or torn down, as an event tells it. */
export type SandboxEvent = {
	readonly node: string;
	readonly object: string;
	readonly message: string;
	/** `create` or `kill`. */
	readonly moment: 'create' | 'kill';
	/** The plugin that failed, by the event's own words; empty where they name none. */
	readonly plugin: string;
	/** Plugin that was not found, empty where the event says something else. */
	readonly missingPlugin: string;
	/** Folders that the runtime searched: its own truth, whatever its configuration seems to say. */
	readonly searched: readonly string[];
	/** portmap was found but could not be run: the words that say so. */
	readonly cannotRun: string;
	/** portmap ran, and ended with these words of its own: nothing is lacking but what they name. */
	readonly portmapSays: string;
	/** Seconds since the epoch; undefined where the event has no time. */
	readonly lastSeen: number | undefined;
	/** The pod that it tells of is gone by now. */
	readonly isOfThePast: boolean;
};

/** CRI-O and dockershim hold a socket on each hostPort: this one is held by a process of the host (cri-o/cri-o, internal/hostport). */
export function isPortHeld({message}: Pick<SandboxEvent, 'message'>): boolean {
	return /cannot open hostport|hostport.*address already in use/i.test(message);
}

/** Pods fail for a reason that is not portmap's. A pod that is gone suffers no more; whether the next would, its own event tells. */
export function isOtherFault({missingPlugin, cannotRun, portmapSays, isOfThePast}: SandboxEvent): boolean {
	return missingPlugin !== 'portmap' && cannotRun === '' && portmapSays === '' && !isOfThePast;
}

/** Words that are not about one pod, whatever it asks for. */
const ofEveryPod =
	/cni plugin not initialized|cni config (?:load failed|uninitialized)|no (?:networks|CNI configuration file|valid networks) found|failed to load CNI config|unable to connect to Cilium (?:agent|daemon)|cilium\.sock: connect|Cilium API client timeout|type=\\*"cilium-cni\\*"[^:]*: incompatible CNI versions/i;

/**
 * Whether what an event says stops every pod: the runtime has no configuration that it can load (containerd, go-cni; CRI-O, ocicni), cilium-cni
 * gets no answer from the agent (Cilium, plugins/cilium-cni) or refuses the version of the file (containernetworking/cni, pkg/version), or a
 * plugin that the loaded file calls cannot be run. A plugin of a further network (Multus) stops the pods that ask for it, and a program of the
 * runtime's own is no plugin.
 */
export function stopsEveryPod(
	event: Pick<SandboxEvent, 'message' | 'plugin'>,
	loaded: Pick<LoadedFile, 'plugins' | 'helpers'> | undefined,
): boolean {
	const called = loaded === undefined ? ['cilium-cni', 'loopback'] : [...loaded.plugins, ...(loaded.helpers ?? []), 'loopback'];
	return ofEveryPod.test(event.message) || (isNotRun(event) && called.includes(event.plugin));
}

/** Whether the plugin was found and could not be run, by the words of Go, the dynamic loader and libcni (pkg/invoke/raw_exec.go, 1.3.0). */
export function isNotRun({message, plugin}: Pick<SandboxEvent, 'message' | 'plugin'>): boolean {
	const [, path = '', words = ''] = /fork\/exec (\S+?): ([\w ]+)/.exec(message) ?? [];
	const isOfPlugin =
		path.endsWith(`/${plugin}`) && /^(?:permission denied|exec format error|no such file or directory|text file busy)/.test(words);
	return plugin !== '' && (isOfPlugin || /netplugin failed: .*(?:GLIBC_|GLIBCXX_|error while loading shared libraries)/.test(message));
}

/** The runtime has no configuration to load, or loads one of another network's: what it says where Cilium's file lies in a folder that it does not read. */
export function isOfOtherFolder({message, plugin}: Pick<SandboxEvent, 'message' | 'plugin'>): boolean {
	return plugin === ''
		? /NetworkPluginNotReady|cni plugin not initialized|cni config uninitialized|\bno (?:CNI configuration|(?:valid )?networks|net(?:work)? config)/i.test(
				message,
			)
		: plugin !== 'cilium-cni' && plugin !== 'portmap' && plugin !== 'loopback';
}

/** A message that went through a web page or a word processor on its way into a file: its quotes as the runtime wrote them. */
function withPlainQuotes(message: string): string {
	return message.replaceAll(/&(?:quot|#34|#x22);|[“”„]/gi, '"').replaceAll('&amp;', '&');
}

/** Sandbox events by node, the newest first. */
export function sandboxEvents({events, pods}: Pick<Evidence, 'events' | 'pods'>): ReadonlyMap<string, readonly SandboxEvent[]> {
	const nodeOfPod = new Map(pods.map(({namespace, name, node}) => [`${namespace}/Pod/${name}`, node]));
	const byNode = new Map<string, SandboxEvent[]>();
	for (const {reason, message: told, namespace, object, node: reporter, lastSeen, podIs} of events) {
		const message = withPlainQuotes(told);
		const node = reporter === '' ? (nodeOfPod.get(`${namespace}/${object}`) ?? '') : reporter;
		const moment = reason === 'FailedCreatePodSandBox' || !/kill/i.test(`${reason} ${message}`) ? 'create' : 'kill';
		if (node === '' || !isAboutSandbox(reason, message) || isOver(moment, podIs) || isGone(moment, message)) {
			continue;
		}

		const missing = /failed to find plugin \\*"([^"\\]+)\\*" in path \[([^\]]*)\]/.exec(message);
		const plugin = missing?.[1] ?? failedPlugin(message);
		const isRun = plugin !== 'portmap' || missing !== null || ranItself.test(message);
		const cannotRun = isRun ? '' : (notRun.map(words => words.exec(message)?.[1]).find(Boolean) ?? '');
		const list = byNode.get(node) ?? [];
		list.push({
			node,
			object: `${namespace}/${object}`,
			message,
			moment,
			plugin,
			missingPlugin: missing?.[1] ?? '',
			searched: missing?.[2]?.split(/[\s:,]+/).filter(folder => folder !== '') ?? [],
			cannotRun,
			portmapSays: plugin === 'portmap' && missing === null && cannotRun === '' ? ownWords(message) : '',
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

/**
 * The plugin that failed. libcni names each plugin on the way, so the last `plugin type="X"` is the one that failed; a program that
 * could not be started is named by its path. Words in any other place prove nothing: Cilium's chained network is itself named
 * portmap, and CRI-O and Multus put that name into every failure (rancher/rke2#4146). Runtimes before libcni 0.8 name no plugin;
 * there only what portmap alone says tells it.
 */
function failedPlugin(message: string): string {
	const named = [...message.matchAll(/plugin type=\\*"([^"\\]+)\\*"/g)].at(-1)?.[1];
	const started = programs.exec(message)?.[1];
	const delegate = isMultus(named) ? started : undefined;
	return delegate ?? named ?? (isProgramOfPortmap(started) || portmapAlone.test(message) ? 'portmap' : (started ?? ''));
}

/** A program that could not be started, unless it is one that a runtime starts for itself. */
const programs =
	/fork\/exec \S*\/(?!(?:runc|crun|youki|runsc|conmon(?:rs)?|containerd-shim[\w.-]*|kata-[\w-]+|nvidia-container-[\w.-]+|modprobe|mount|nsenter|systemd-run|ip):)([^/\s:]+):/;

/** iptables and nft are started by portmap alone among the plugins of a list that Cilium writes. */
function isProgramOfPortmap(program: string | undefined): boolean {
	return program !== undefined && /^(?:portmap|ip6?tables(?:-\w+)*|nft)$/.test(program);
}

// What only portmap's source says: plugins/meta/portmap of containernetworking/plugins 0.8 to 1.9.
const portmapAlone =
	/unable to (?:setup|set up) (?:DNAT|SNAT)|CNI-(?:HOSTPORT|DN|SN)-|could not find nftables binary|neither iptables nor ip6tables (?:is )?usable/;

/** What the plugin said, without the runtime's words before it. */
function ownWords(message: string): string {
	const at = [...message.matchAll(/plugin type=\\*"portmap\\*"(?: name=\\*"[^"\\]*\\*")? failed \(\w+\): /g)].at(-1);
	return (at === undefined ? message : message.slice(at.index + at[0].length)).trim();
}

// portmap was running when it started another program: `running [/usr/sbin/iptables -t nat …]`, `fork/exec /usr/sbin/nft: …`.
const ranItself = /running \[|fork\/exec (?!\S*\/portmap:)/;

// Go's words for an exec that failed, then libcni's for a program that ended without an answer in CNI's form.
const notRun = [
	/(exec format error|text file busy)/,
	/fork\/exec \S+: ([\w ]+)/,
	/failed \(\w+\): (permission denied)/,
	// Whoever is killed did run: by a time limit, or for want of memory.
	/netplugin failed with no error message: ((?:signal: (?!killed|terminated)|exit status)[\w: ]+)/,
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
		reason === 'NetworkNotReady' ||
		/KillPodSandbox|failed to find plugin|(?:setup|teardown|destroy) network for sandbox/.test(message)
	);
}
