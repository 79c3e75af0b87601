import * as z from 'zod/mini';
import {packetFilter} from '../packet-filter.ts';
import {fileContent, ruleLines, someRuleLines, text, texts} from './texts.ts';

const file = z.object({
	name: text,
	/** Bytes. */
	size: z.number(),
	/** Seconds since the epoch. */
	modified: z.number(),
	/** The same for the inode: unlike `modified` it cannot be set back by whoever copies the file. 0: not told. */
	changed: z._default(z.number(), 0),
	/** Octal permission bits, `755`. */
	mode: z._default(text, ''),
	/**
	 * Where a symbolic link points, empty for a plain file. Size and the rest are the target's; with `mode` empty
	 * too, this access does not see the target, and whether the node has it is not known.
	 */
	linksTo: z._default(text, ''),
});

/** A file of the folder of CNI configuration. */
export const configurationFile = z.extend(file, {
	content: fileContent,
	/** The content was longer than what was read. */
	truncated: z._default(z.boolean(), false),
	/** This access may not read it: Cilium 1.20 writes its own with mode 600. */
	unreadable: z.optional(z.boolean()),
});

/** A file of the folder of CNI binaries. */
export const binaryFile = z.extend(file, {
	/** GOARCH name by the ELF header (`amd64`, `arm64`), `script`, `none` for what the kernel cannot run, or empty where it was not told. */
	architecture: z._default(text, ''),
	sha256: z._default(text, ''),
	/** Answer to `CNI_COMMAND=VERSION`, one line; empty where it was not asked. */
	versionAnswer: z._default(text, ''),
	/** Exit code of that call, null where it was not asked. */
	versionExitCode: z._default(z.nullable(z.number()), null),
});

/** The nat table as one iptables build sees it; only the lines that concern hostPort and kube-proxy's hooks. */
export const natTable = z.object({
	/** The save command was there and ended well. */
	available: z.boolean(),
	/** Lines in the form of iptables-save, IPv4. */
	rules: ruleLines,
	/** The same for IPv6. */
	rules6: ruleLines,
	truncated: z._default(z.boolean(), false),
	/** Why it is not available, one line. */
	error: z._default(text, ''),
	/** Of the other tables what may stop a packet, what keeps one from being tracked, PREROUTING and FORWARD as they are, and the kubelet's own chain: `filter -A FORWARD -j DROP`. */
	others: ruleLines,
	/** The same of IPv6; absent in files of before, where those of both stand together. */
	others6: z.optional(someRuleLines),
});

/**
 * The table of portmap's nftables backend (CNI plug-ins 1.6.1 and later; that of 1.6.0 makes no rule), as `nft list table` prints its
 * rules (none: it is not there), and what the other tables may stop.
 */
const nftables = z.object({
	/** Those with a target, and behind them those that lead to them: `prerouting: ip saddr 10.0.0.0/8 jump hostports`. */
	rules: texts,
	rules6: texts,
	/** Names of all tables, `inet firewalld`. */
	tables: texts,
	/** Names of the chains of portmap's table: they differ by the plugin's version. */
	chains: texts,
	/** What may stop a packet in tables that are nobody's of Kubernetes; absent where they were not read. */
	filter: z.optional(packetFilter),
	/** Mappings of CRI-O's own nftables backend, table `crio-hostports`. */
	runtimeMappings: z.optional(
		z.array(z.object({protocol: text, hostPort: z.number(), hostIP: text, targetIP: text, targetPort: z.number()})),
	),
});

/** What the agent says of itself. */
export const agentStatus = z.object({
	/** `1.10.16`, from `.cilium.msg`; empty if it was not told. */
	version: text,
	/** As reported, in lower case: disabled, partial, probe, strict, true, false. */
	kubeProxyReplacement: text,
	hostPortEnabled: z.boolean(),
	nodePortEnabled: z.boolean(),
	/** What the agent tries again and again and fails at, and its last words; absent where it fails at nothing. */
	failing: z.optional(z.array(z.object({name: text, message: text}))),
	/** The agent has just started: it says that its probes have not all run, and has no feature list yet. */
	starting: z.optional(z.boolean()),
	/** Socket programs translate what processes of the node itself send; null where this version does not tell. */
	socketLoadBalancing: z._default(z.nullable(z.boolean()), null),
	nodePortRange: z._default(z.nullable(z.object({from: z.number(), to: z.number()})), null),
	/** `none`, `portmap` …; empty where this version does not tell. */
	chainingMode: text,
	/** Message about the CNI file; empty where this version does not tell. */
	cniFile: text,
	devices: texts,
	/** Addresses of these devices, link-local ones too; empty where this version does not tell. */
	deviceAddresses: z._default(texts, []),
	hostFirewall: z._default(text, ''),
});

/** One entry of `cilium service list`. */
const serviceEntry = z.object({
	/** Whose it is: `HostPort`, or a Service's `LoadBalancer`, `ExternalIPs`, `LocalRedirect`; absent: `HostPort`. */
	type: z.optional(text),
	ip: text,
	port: z.number(),
	/** Empty before Cilium 1.17, where one entry serves every protocol (cilium/cilium#33434). */
	protocol: text,
	backends: z.array(z.object({ip: text, port: z.number()})),
});

/** One entry of the datapath itself, `cilium bpf lb list`: what packets meet. */
const datapathEntry = z.object({
	/** Whose it is: `HostPort`, or a Service's `LoadBalancer`, `ExternalIPs`, `LocalRedirect`. An address and port have one entry. */
	type: z._default(text, 'HostPort'),
	/** `0.0.0.0` and `::` serve the node's own processes; an address of the node serves everybody. */
	address: text,
	port: z.number(),
	/** Empty before Cilium 1.17, where one entry serves every protocol (cilium/cilium#33434). */
	protocol: text,
	/** The pod asked for a loopback hostIP. */
	isLoopback: z._default(z.boolean(), false),
	backends: z.array(z.object({ip: text, port: z.number()})),
});

const listener = z.object({
	/** TCP or UDP. */
	protocol: text,
	address: text,
	port: z.number(),
});

/** A connection that was tried over TCP. */
export const probe = z.object({
	address: text,
	port: z.number(),
	/** `silent`: no answer in time. */
	answer: z.enum(['open', 'refused', 'unreachable', 'silent']),
});

/** UDP that conntrack holds: where a packet was sent, and who it was given to. */
const udpConnection = z.object({destination: text, port: z.number(), answeredBy: text});

/** What the runtime keeps of one sandbox's network (libcni's cache, one file each): the mappings that it asked the plugins for. */
export const cachedSandbox = z.object({
	sandbox: text,
	/** Name of the CNI network that it was made with. */
	network: text,
	/** `namespace/name` */
	pod: text,
	uid: text,
	addresses: texts,
	mappings: z.array(z.object({hostPort: z.number(), containerPort: z.number(), protocol: text, hostIP: text})),
});

/** What the node script saw in one round trip. Null: this access does not see it, or it failed (then `errors` says why). */
export const observation = z.object({
	/** Seconds since the epoch, the node's clock. */
	clock: z._default(z.number(), 0),
	/** `uname -r`. */
	kernel: text,
	/** `uname -m`. */
	machine: text,
	/** `modified`: when a file came, went or was renamed there, seconds since the epoch; absent where it was not told. */
	configurationFolder: z.nullable(z.object({host: text, modified: z.optional(z.number()), files: z.array(configurationFile)})),
	/** `partial`: not every file was listed or read, so one that is lacking may be there. */
	binaryFolder: z.nullable(z.object({host: text, partial: z.optional(z.boolean()), files: z.array(binaryFile)})),
	/** The folders were looked at, and portmap was run, in the node's own namespaces and not inside a pod. */
	onNode: z._default(z.boolean(), false),
	/** `nft` and `legacy`: the two iptables builds, null where the build is not there at all. */
	nat: z.object({nft: z.nullable(natTable), legacy: z.nullable(natTable)}),
	/** Null: there is no nft, or this access may not ask it. */
	nftables: z._default(z.nullable(nftables), null),
	agentStatus: z.nullable(agentStatus),
	/** Entries of the eBPF service table that a hostPort has or could meet, null where it was not read. */
	serviceEntries: z.nullable(z.array(serviceEntry)),
	/** Entries of the eBPF maps that a hostPort has or could meet, null where they were not read. */
	datapathEntries: z._default(z.nullable(z.array(datapathEntry)), null),
	/** Devices that have Cilium's program for what comes from the network, by `bpftool net`; null where it was not read. */
	programDevices: z._default(z.nullable(z.array(text)), null),
	/** TCP and UDP sockets of the host network that listen, from /proc/net. */
	listeners: z._default(z.nullable(z.array(listener)), null),
	/** Connections from the node: to its own pods' ports, and to hostPorts of another node; null where none was tried. */
	probes: z._default(z.nullable(z.array(probe)), null),
	/** Addresses that the node takes for its own, by its routing tables; null where they were not read. */
	localAddresses: z._default(z.nullable(z.array(text)), null),
	/** Sandboxes with port mappings by the runtime's CNI cache; null where it was not seen. */
	sandboxes: z._default(z.nullable(z.array(cachedSandbox)), null),
	/** Null: conntrack could not be read. */
	udpConnections: z._default(z.nullable(z.array(udpConnection)), null),
	/**
	 * CNI folders by the runtime's own configuration, where it could be read. Of CRI-O, absent where nothing says it: `mapsHostPorts` by
	 * `disable_hostport_mapping`, and `network`, the one that `cni_default_network` names instead of the first file.
	 */
	runtime: z._default(
		z.nullable(
			z.object({
				binaryFolders: texts,
				configurationFolder: text,
				source: text,
				mapsHostPorts: z.optional(z.boolean()),
				network: z.optional(text),
			}),
		),
		null,
	),
	/** Lines of the agent's log that matter to hostPort, newest last. */
	agentLog: texts,
	/**
	 * Other facts of the node by name: `same-folder:/etc/cni/net.d` (`yes`: the folder that was looked at), `device:10.88.0.11` (`eth0`), `selinux`
	 * (`enforcing`), `selinux:/portmap` (its label; `selinux:` that of the folder of CNI binaries), `ip_local_port_range` (`32768 60999`), `kube-ipvs0` (`present`), `ip_forward` (`off`), `rp_filter` (`strict`: 1 for all devices), `default-devices`
	 * (`eth0`: what packets from outside come in by), and the
	 * services that write firewall rules (`firewalld`: `active since 2024-02-07T01:58:00Z`), and why nothing was connected to
	 * (`connections`: `not tried: neither bash nor netcat is here`), and of a pod that did not answer its interface on the node
	 * (`interface-of-10.0.0.5`: `lxc1234 is down`).
	 */
	facts: z._default(z.record(text, text), {}),
	/** Where the answer ended before its end: whose, and after how much of it, one clause; absent where it came whole. */
	cutOff: z.optional(text),
	/** What failed on the way, one line each. */
	errors: texts,
});
