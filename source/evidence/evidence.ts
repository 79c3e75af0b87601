/**
 * What was seen, without judgement: the one value that diagnosis, repair plan and every screen are made from.
 * The schema is the type: evidence is saved to a file and read back by later versions, so each field that was
 * not there from the first day has a default, and unknown fields are dropped.
 *
 * All text in it is foreign. Whoever collects it makes it printable (foreign-text.ts), and so does this schema, keys included, for a
 * saved file may come from anybody: one line each but for what is a whole file or a value of one. Times are RFC 3339 unless a name says otherwise.
 */
import {accessKinds} from '../access/access.ts';
import * as z from 'zod/mini';
import {canonicalAddress} from '../cilium/addresses.ts';
import {printable, printableOnOneLine, withMarks} from '../foreign-text.ts';
import {withoutCounters} from './iptables-line.ts';
import {packetFilter} from './packet-filter.ts';

/** The longest text that is collected: the content of a CNI file. */
const longestText = 65_536;

const text = z.string().check(z.overwrite(value => printableOnOneLine(value, longestText)));
/** An address or a host's name; API objects may hold any spelling of an address. */
const address = z.string().check(z.overwrite(value => canonicalAddress(printableOnOneLine(value, 253))));
const lines = z.string().check(z.overwrite(value => printable(value, longestText)));
/** What a program stumbles over must not be taken out of a file that is judged by what that program reads. */
const fileContent = z.string().check(z.overwrite(value => printable(withMarks(value), longestText)));
const texts = z._default(z.array(text), []);
/** A line of iptables-save; counters before it, as `iptables-save -c` has them, tell nothing. */
const someRuleLines = z.array(z.string().check(z.overwrite(value => withoutCounters(printableOnOneLine(value, longestText)))));
const ruleLines = z._default(someRuleLines, []);
const nullableText = z._default(z.nullable(text), null);
const labels = z._default(z.record(text, text), {});

/** Something that could not be read, by whom it would be needed, and what would help. */
const gap = z.object({
	/** Which part of the evidence it is, where others depend on it. */
	of: z.optional(z.enum(['nodes', 'pods', 'agents', 'daemonsets', 'services', 'events', 'cilium-config', 'node-configs'])),
	/** What was not read, for people: `nodes`, `events`, `pods in all namespaces`. */
	what: text,
	/** One line: the server's or the node's own words. */
	reason: text,
	/** What the person can do, such as the missing right in the form `list nodes`. */
	hint: text,
});

/** One field manager's entry of an object's `metadata.managedFields`. */
const fieldManager = z.object({
	manager: text,
	operation: text,
	time: nullableText,
	/** Keys below `data` that it owns, for a ConfigMap. */
	keys: texts,
});

const configMap = z.object({
	name: text,
	/** Every key of `data`; values cut to 4,096 characters. */
	data: z.record(text, lines),
	labels,
	annotations: labels,
	resourceVersion: text,
	createdAt: nullableText,
	managers: z._default(z.array(fieldManager), []),
	/** Time of the newest change that managedFields tells, else the creation time. */
	lastChanged: nullableText,
});

const daemonSet = z.object({
	name: text,
	image: text,
	labels,
	annotations: labels,
	templateAnnotations: labels,
	/** `RollingUpdate` or `OnDelete`. */
	updateStrategy: text,
	/** As written: a number or a percentage. */
	maxUnavailable: text,
	desired: z.number(),
	updated: z.number(),
	ready: z.number(),
	/** Arguments and environment of the agent container: they win over the ConfigMap. */
	args: texts,
	env: z._default(z.record(text, text), {}),
	/** hostPath volumes and where they are mounted in the agent container (`seen` empty: init containers only, or nowhere). */
	hostPaths: z._default(z.array(z.object({volume: text, host: text, seen: text})), []),
	/** Init container that puts portmap into the node's folder each time an agent starts, as RKE2's chart has it; empty where there is none. */
	portmapInstaller: z._default(text, ''),
});

/** CiliumNodeConfig: per-node overrides of cilium-config, Cilium 1.13 and later. */
const nodeConfig = z.object({
	name: text,
	namespace: text,
	matchLabels: labels,
	/** matchExpressions, each as `key operator value,value`. */
	matchExpressions: texts,
	defaults: z.record(text, lines),
});

const cilium = z.object({
	namespace: text,
	/** Version by the agent image's tag, `1.10.16`; empty if the tag is none. */
	version: text,
	daemonSet: z.nullable(daemonSet),
	configMap: z.nullable(configMap),
	nodeConfigs: z._default(z.array(nodeConfig), []),
});

const hostPortPod = z.object({
	namespace: text,
	name: text,
	uid: text,
	node: text,
	phase: text,
	ready: z.boolean(),
	hostNetwork: z.boolean(),
	podIPs: z._default(z.array(address), []),
	createdAt: nullableText,
	startedAt: nullableText,
	/** Top of the owner chain as far as it was followed: `Deployment/web`; empty for a bare pod. */
	owner: text,
	labels,
	/** Reason and message of the pod's own bad condition or waiting container, empty if none. */
	trouble: z._default(text, ''),
	/** When the youngest of its running containers was started: later than the pod where one was started again. */
	runsSince: z._default(nullableText, null),
	/** How often a container was started again and how it ended last: `web 3 times, last after exit code 1 (Error)`; empty: never. */
	restarts: z._default(text, ''),
	ports: z.array(
		z.object({
			container: text,
			/** Of an init container; `sidecar`: of one with `restartPolicy: Always`, which runs as long as the pod does. */
			init: z._default(z.boolean(), false),
			sidecar: z.optional(z.boolean()),
			hostPort: z.number(),
			containerPort: z.number(),
			protocol: text,
			/** Empty or 0.0.0.0: every address. */
			hostIP: address,
		}),
	),
});

const event = z.object({
	reason: text,
	message: text,
	namespace: text,
	/** `Pod/web-abc`. */
	object: text,
	/** Node that reported it; empty if the event names none. */
	node: text,
	count: z.number(),
	lastSeen: nullableText,
	/** What became of the pod that it tells of: it has its network by now, waits for it, or is gone. Empty: not known. */
	podIs: z._default(z.enum(['', 'up', 'waiting', 'gone']), ''),
});

/** A Service that has a port number in common with some hostPort. */
const service = z.object({
	namespace: text,
	name: text,
	type: text,
	clusterIPs: texts,
	externalIPs: texts,
	/** Addresses that a load balancer gave it and that nodes answer on themselves (`ipMode: VIP`); absent in files of before. */
	loadBalancerIPs: z.optional(z.array(text)),
	/** Labels of the pods behind it. */
	selector: labels,
	ports: z.array(z.object({port: z.number(), nodePort: z.nullable(z.number()), protocol: text})),
});

/** NetworkPolicy, CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy with an ingress part. */
const networkPolicy = z.object({
	kind: text,
	namespace: text,
	name: text,
	matchLabels: labels,
	matchExpressions: texts,
	/** Entities such as `host`, `remote-node`, `world` that an ingress rule lets in. */
	ingressEntities: texts,
});

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

const configurationFile = z.extend(file, {
	content: fileContent,
	/** The content was longer than what was read. */
	truncated: z._default(z.boolean(), false),
	/** This access may not read it: Cilium 1.20 writes its own with mode 600. */
	unreadable: z.optional(z.boolean()),
});

const binaryFile = z.extend(file, {
	/** GOARCH name by the ELF header (`amd64`, `arm64`), `script`, `none` for what the kernel cannot run, or empty where it was not told. */
	architecture: z._default(text, ''),
	sha256: z._default(text, ''),
	/** Answer to `CNI_COMMAND=VERSION`, one line; empty where it was not asked. */
	versionAnswer: z._default(text, ''),
	/** Exit code of that call, null where it was not asked. */
	versionExitCode: z._default(z.nullable(z.number()), null),
});

/** The nat table as one iptables build sees it; only the lines that concern hostPort and kube-proxy's hooks. */
const natTable = z.object({
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

const agentStatus = z.object({
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
const probe = z.object({
	address: text,
	port: z.number(),
	/** `silent`: no answer in time. */
	answer: z.enum(['open', 'refused', 'unreachable', 'silent']),
});

/** UDP that conntrack holds: where a packet was sent, and who it was given to. */
const udpConnection = z.object({destination: text, port: z.number(), answeredBy: text});

/** What the runtime keeps of one sandbox's network (libcni's cache, one file each): the mappings that it asked the plugins for. */
const cachedSandbox = z.object({
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
const observation = z.object({
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
	 * (`enforcing`), `selinux:/portmap` (its label; `selinux:` that of the folder of CNI binaries), `ip_local_port_range` (`32768 60999`), `kube-ipvs0` (`present`), `ip_forward` (`off`), `default-devices`
	 * (`eth0`: what packets from outside come in by), and the
	 * services that write firewall rules (`firewalld`: `active since 2024-02-07T01:58:00Z`), and why nothing was connected to
	 * (`connections`: `not tried: neither bash nor netcat is here`), and of a pod that did not answer its interface on the node
	 * (`interface-of-10.0.0.5`: `lxc1234 is down`).
	 */
	facts: z._default(z.record(text, text), {}),
	/** What failed on the way, one line each. */
	errors: texts,
});

const via = z.enum(accessKinds);

const node = z.object({
	name: text,
	labels,
	/** Null: the Node object could not be read. */
	ready: z.nullable(z.boolean()),
	/** Message of the Ready condition where it is not True. */
	readyMessage: z._default(text, ''),
	schedulable: z._default(z.boolean(), true),
	os: text,
	/** GOARCH name: amd64, arm64 … */
	architecture: text,
	kernel: text,
	osImage: z._default(text, ''),
	/** `containerd://1.6.20`. */
	containerRuntime: text,
	addresses: z._default(z.array(z.object({type: text, address})), []),
	/** `key=value:Effect`. */
	taints: texts,
	createdAt: nullableText,
	/** The Cilium agent's pod on this node. */
	agent: z._default(
		z.nullable(
			z.object({
				pod: text,
				phase: text,
				ready: z.boolean(),
				startedAt: nullableText,
				/** Of the pod as a whole; absent where it was not told. */
				resourceVersion: z.optional(text),
				image: text,
				imageID: z._default(text, ''),
				/** Names of the Secrets that its image is pulled with. */
				pullSecrets: z.optional(z.array(text)),
				trouble: z._default(text, ''),
			}),
		),
		null,
	),
	/** The strongest access that was used; `api`: the node was not asked. */
	via: z.union([z.literal('api'), via]),
	/** What was tried, in order, and why a try was not enough. */
	attempts: z._default(z.array(z.object({via, ok: z.boolean(), reason: text})), []),
	/** Not empty: the node was skipped on purpose, and why (Windows, virtual kubelet, NotReady). */
	skipped: z._default(text, ''),
	observation: z.nullable(observation),
	/** When it was asked, RFC 3339, where that was by an earlier look than this evidence's, because nothing changed since. */
	askedAt: z.optional(text),
});

/** A DaemonSet that puts portmap on every node; one that is ready nowhere puts it nowhere. */
const portmapKeeper = z.object({
	/** `namespace/name`. */
	name: text,
	/** Nodes that it should run on. */
	desired: z.number(),
	/** Nodes on which it has portmap in place. */
	ready: z.number(),
});

/** The form of a saved evidence file; older files pass it too. */
export const evidenceSchema = z.object({
	apiVersion: z.literal('hostport.dev/v1'),
	kind: z.literal('Evidence'),
	collectedAt: text,
	/** Version of this program that collected it. */
	collectedBy: text,
	/** Addresses and the server's name were replaced before saving. */
	redacted: z._default(z.boolean(), false),
	server: text,
	/** Only hostPort pods of this namespace were asked for; empty: all. */
	namespace: z._default(text, ''),
	/** `v1.26.9`. */
	kubernetes: text,
	/** Null: no Cilium agent was found in any namespace. */
	cilium: z.nullable(cilium),
	/** DaemonSets of other CNIs and of kube-proxy, `namespace/name`. */
	otherDaemonSets: texts,
	/** The DaemonSets of `manifest daemonset`; files of before have them among the others alone. */
	portmapKeepers: z._default(z.array(portmapKeeper), []),
	/** kube-proxy's mode by its ConfigMap: `iptables`, `ipvs`, `nftables`; empty where unknown. */
	kubeProxyMode: z._default(text, ''),
	nodes: z.array(node),
	pods: z.array(hostPortPod),
	/** Connections to hostPorts from the machine that this program ran on; null where none was tried. */
	clientProbes: z._default(z.nullable(z.array(probe)), null),
	events: z._default(z.array(event), []),
	services: z._default(z.array(service), []),
	networkPolicies: z._default(z.array(networkPolicy), []),
	/** What was there and is not in a saved file, because nothing here reads it: `12 keys of cilium-config`. */
	notSaved: z.optional(z.array(text)),
	/** What could not be read from the API server. */
	gaps: z._default(z.array(gap), []),
});

/** Everything that was seen of a cluster, judged by nobody. */
export type Evidence = z.infer<typeof evidenceSchema>;
/** A node: its object, and what it told. */
export type NodeEvidence = Evidence['nodes'][number];
/** What a node told. */
export type Observation = z.infer<typeof observation>;
/** The nat table of one iptables build. */
export type NatTable = z.infer<typeof natTable>;
/** Status of an agent, by itself. */
export type AgentStatus = z.infer<typeof agentStatus>;
/** A file of the CNI configuration folder. */
export type ConfigurationFile = z.infer<typeof configurationFile>;
/** A file of the folder of CNI binaries. */
export type BinaryFile = z.infer<typeof binaryFile>;
/** A pod with hostPorts, or on the host network. */
export type HostPortPod = z.infer<typeof hostPortPod>;
/** Cilium's objects. */
export type CiliumEvidence = z.infer<typeof cilium>;
/** A DaemonSet of agents. */
export type DaemonSetEvidence = z.infer<typeof daemonSet>;
/** cilium-config, and who wrote its keys. */
export type ConfigMapEvidence = z.infer<typeof configMap>;
/** A CiliumNodeConfig. */
export type NodeConfigEvidence = z.infer<typeof nodeConfig>;
/** An event about a sandbox, a pod or a node. */
export type EventEvidence = z.infer<typeof event>;
/** What libcni keeps of a sandbox with port mappings. */
export type CachedSandbox = z.infer<typeof cachedSandbox>;
/** A TCP connection of a node to a pod, and its answer. */
export type Probe = z.infer<typeof probe>;
/** What could not be read from the API server, and why. */
export type Gap = z.infer<typeof gap>;
