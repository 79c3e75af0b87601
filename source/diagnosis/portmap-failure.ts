import {refusedVersions, supportedVersions} from '../cilium/cni-versions.ts';
import {versionsAskedBy, type LoadedFile} from '../cilium/loaded-file.ts';
import {isMultus} from '../cilium/multus.ts';
import type {ConfigurationFile} from '../evidence/evidence.ts';
import type {Proof} from './diagnosis.ts';
import type {PortmapBinary} from './portmap-binary.ts';
import type {SandboxEvent} from './sandbox-events.ts';

/** portmap is there, is run, and fails. */
export type PortmapFailure = {
	/** What is wrong, as the end of a title: `the kernel lacks a netfilter module that portmap needs`. */
	readonly what: string;
	/** The plugin itself refuses the file, so no pod starts or stops; else only pods with a hostPort fail. */
	readonly stopsAllPods: boolean;
	/** What fails: the start of pods, or only their removal (`kill`). */
	readonly moment: SandboxEvent['moment'];
	/** No firewall program was found: a cause of its own (HP09). */
	readonly withoutBackend: boolean;
	readonly because: Proof;
	readonly remedy: string;
	/** Another binary mends it, and `fix` puts one there. */
	readonly repairable: boolean;
};

/**
 * How portmap fails on a node: by the version that the file asks for, which needs no event, else by its own words in the newest event.
 * An event from before the binary was last changed tells of another binary.
 */
export function portmapFailure(
	events: readonly SandboxEvent[],
	loaded: LoadedFile<ConfigurationFile> | undefined,
	binary: PortmapBinary,
): PortmapFailure | undefined {
	const told = events.filter(({portmapSays, isOfThePast}) => portmapSays !== '' && !isOfThePast);
	const event = told.find(({moment}) => moment === 'create') ?? told[0];
	const refused = versionClash(loaded, binary) ?? settingsRefused(loaded);
	if (refused !== undefined) {
		return refused;
	}

	if (event === undefined || (event.lastSeen ?? Infinity) < (binary.file?.changed ?? 0)) {
		return undefined;
	}

	const family = families.find(({words}) => words.test(event.portmapSays));
	return {
		what: family?.what ?? 'portmap runs and fails',
		stopsAllPods: family?.stopsAllPods ?? false,
		moment: event.moment,
		withoutBackend: family?.withoutBackend ?? false,
		because: {source: `event of ${event.object} on ${event.node}`, says: event.portmapSays},
		repairable: false,
		remedy: family?.remedy ?? 'Repair what the plugin’s error names; the kubelet then retries by itself.',
	};
}

/** What a portmap that refuses the file's version needs; `fix` does it too. */
export const newerPortmap =
	'Run kubectl hostport fix: it installs a newer portmap on these nodes (containernetworking/plugins 1.0 and later know CNI 1.0.0) and saves the old one beside it. If something other than Cilium writes the CNI file, a lower "cniVersion" there works too.';

/** The same by hand. */
export const newerPortmapByHand =
	'Install a newer portmap on these nodes, best by the node image: containernetworking/plugins 1.0 and later know CNI 1.0.0.';

type Family = Pick<PortmapFailure, 'what' | 'remedy'> & {
	readonly words: RegExp;
	readonly stopsAllPods?: true;
	readonly withoutBackend?: true;
};

/**
 * Families of portmap's own failures, by the words of the program that it runs; the first that fits. Words: iptables 1.8
 * (libxtables/xtables.c, iptables/nft.c), nft 1.0, containernetworking/plugins 0.8 to 1.9 (plugins/meta/portmap,
 * pkg/utils/sysctl), containernetworking/cni (pkg/version). Reports: kubernetes-sigs/kind#3170, k3s-io/k3s#6324,
 * awslabs/amazon-eks-ami#2605, containernetworking/plugins#378, k0sproject/k0s#2141, hashicorp/nomad#26724.
 */
const families: readonly Family[] = [
	{
		words: /incompatible CNI versions|unsupported CNI result version/,
		what: 'portmap is too old for the cniVersion of the CNI file',
		stopsAllPods: true,
		// The binary that was listed did not show it, so fix would replace none.
		remedy: newerPortmapByHand,
	},
	{
		words: /must be called as (?:a )?chained plugin|failed to parse config|could not parse prevResult|unable to parse network config/,
		what: 'portmap refuses the CNI file',
		stopsAllPods: true,
		remedy:
			'Repair the portmap entry of the CNI file: it must come after the plugin that makes the network, with "capabilities": {"portMappings": true}.',
	},
	{
		words:
			/exec: \\*"(?:ip6?tables|nft)[\w-]*\\*": executable file not found|could not find (?:nftables|iptables) binary|neither iptables nor ip6tables (?:is )?usable|failed to locate (?:ip6?tables|nft)|fork\/exec \S*\/(?:ip6?tables|nft)[\w-]*: no such file/,
		what: 'portmap finds no firewall program',
		withoutBackend: true,
		remedy:
			'Install iptables (or nft for portmap’s nftables backend) on the node in a folder of the container runtime’s own PATH (systemctl show -p Environment; a shell’s PATH says nothing), or set portmap’s "backend" to the one that exists.',
	},
	{
		// Ran so with portmap 1.6.0 and nft 1.0.6; 1.6.1 writes another rule.
		words: /cni_hostport .*\bth dport \d+ dnat/,
		what: 'portmap 1.6.0 writes invalid nftables rules',
		remedy:
			'Replace portmap on these nodes with 1.9.1 or later (kubectl hostport fix --portmap release:1.9.1), or set its "backend" to "iptables".',
	},
	{
		// iptables knows an option only with its extension, and takes none that the kernel does not have.
		words:
			/unknown option \\*"--(?:to-destination|d(?:estination-)?ports?|dst-type|comment|set-xmark|mark)\b|Couldn't load (?:match|target)|modprobe: |Module \S+ not found in directory|Extension \S+ revision \d+ not supported|missing kernel module|Incompatible with this kernel|do you need to insmod|[Tt]able does not exist|No chain\/target\/match by that name|Failed to initialize nft: Protocol not supported|Could not (?:process|fetch) rule[^:]*: (?:No such file or directory|Operation not supported|Invalid argument)|RULE_\w+ failed \((?:Invalid argument|No such file or directory|Operation not supported)\)|CHAIN_\w+ failed \((?:No such file or directory|Operation not supported)\)/,
		what: 'kernel or iptables lacks what portmap needs',
		remedy:
			'Load the missing netfilter modules on the node (modprobe -a xt_multiport xt_comment xt_mark xt_addrtype iptable_nat nf_nat; for IPv6 ip6table_nat) and keep them in /etc/modules-load.d, or install the kernel’s extra-modules package; if that is not possible, use the strategy native or portmap’s other backend.',
	},
	{
		words: /is incompatible, use 'nft' tool/,
		what: 'iptables cannot read its own nat table',
		remedy:
			'Find the program that wrote rules there (nft list table ip nat): a newer iptables in a container, or native nft rules in iptables’ own table. Make both use one version, or let it use its own table.',
	},
	{
		words: /[Cc]an't open lock file/,
		what: 'iptables cannot open its lock file',
		remedy:
			'Make /run/xtables.lock writable for the container runtime: its folder is read-only there, or SELinux or AppArmor refuses it (audit log).',
	},
	{
		words: /xtables lock|Resource temporarily unavailable/,
		what: 'another program holds the xtables lock',
		remedy:
			'Find the program that holds /run/xtables.lock (fuser -v /run/xtables.lock): kube-proxy with very many Services, a firewall script, a second CNI. The kubelet retries by itself.',
	},
	{
		words: /unrecognized option|unknown option|unknown arguments?|iptables v1\.[0-7]\.\d+[^:]*: (?:unknown|option)/,
		what: 'iptables is too old for portmap',
		remedy: 'Upgrade iptables on the node, or use a portmap of the same age (see the containernetworking/plugins release notes).',
	},
	{
		words: /you must be root|[Pp]ermission denied|[Oo]peration not permitted/,
		what: 'portmap lacks permission to write rules',
		remedy: 'Find what restricts the container runtime: SELinux or AppArmor (audit log), a rootless or nested runtime without NET_ADMIN.',
	},
	{
		words: /[Rr]ead-only file system|route_localnet/,
		what: 'portmap cannot set the sysctl that it needs',
		remedy:
			'Allow the container runtime to write net.ipv4.conf.*.route_localnet: mount /proc/sys writable for it, or set the sysctl on the node and "snat": false if no loopback access is needed.',
	},
	{
		// libcni and the runtimes kill a plugin when their own time is over (os/exec, CommandContext).
		words: /netplugin failed with no error message: signal: (?:killed|terminated)/,
		what: 'portmap is killed before it ends',
		remedy:
			'Find what ends it: the time limit of the container runtime (iptables is slow with very many rules, or waits for the xtables lock), or a lack of memory (dmesg). The kubelet retries by itself.',
	},
	{
		words: /conntrack/,
		what: 'portmap cannot clear UDP conntrack entries',
		remedy:
			'Load nf_conntrack_netlink on the node, and install conntrack if it is not found, or upgrade portmap (1.5 and later need no conntrack program).',
	},
];

/** What portmap refuses of the file for every pod, whether one has tried by now or not. */
function settingsRefused(loaded: LoadedFile<ConfigurationFile> | undefined): PortmapFailure | undefined {
	return loaded === undefined || loaded.refusedByPortmap === ''
		? undefined
		: {
				what: 'portmap refuses the CNI file',
				stopsAllPods: true,
				moment: 'create',
				withoutBackend: false,
				because: {
					source: loaded.file.name,
					says: `${loaded.refusedByPortmap}; portmap then fails, also for pods without a hostPort`,
				},
				remedy: `Repair the portmap entry at the source of ${loaded.file.name}; the kubelet then retries by itself.`,
				repairable: false,
			};
}

/**
 * The file's `cniVersion` against what the binary says that it supports. libcni hands the list's version to every plugin, and a plugin
 * that does not know it refuses ADD, CHECK and DEL (containernetworking/cni, pkg/version/reconcile.go).
 */
function versionClash(loaded: LoadedFile<ConfigurationFile> | undefined, {file, folder}: PortmapBinary): PortmapFailure | undefined {
	if (loaded === undefined || !loaded.plugins.includes('portmap') || file === undefined) {
		return undefined;
	}

	const isHandedOver = loaded.plugins.some(isMultus);
	const list = isHandedOver ? `the list that ${loaded.file.name} calls` : loaded.file.name;
	return refusedVersions(file.versionAnswer, versionsAskedBy(loaded)).length === 0
		? undefined
		: {
				what: `portmap is too old for the CNI file, which asks for CNI ${loaded.cniVersion}`,
				stopsAllPods: true,
				moment: 'create',
				withoutBackend: false,
				because: {
					source: `${folder}/portmap`,
					says: `supports CNI ${supportedVersions(file.versionAnswer).join(', ')}; ${list} has cniVersion ${loaded.cniVersion}`,
				},
				remedy: newerPortmap,
				repairable: true,
			};
}
