import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {lastWords} from '../../source/diagnosis/agent-last-words.ts';
import {remedyFor} from '../../source/diagnosis/agent-remedies/index.ts';
import {observation} from './builders.ts';

/** What an agent says (message, error), as it stands in the source of Cilium 1.15.19 or 1.20.2 or in a public report, and what has to help. */
const said: ReadonlyArray<readonly [message: string, error: string, remedy: RegExp]> = [
	// --- the node
	["unable to run 'iptables -t raw -N CILIUM_PRE_raw' iptables command: exit status 3", '', /netfilter modules/],
	['IPv6 is enabled, but the needed ip6tables tables are unavailable (try disabling IPv6 in Cilium', '', /netfilter modules/],
	['setting up vxlan device: address already in use', '', /other tunnel device/],
	['kernel: ipv6 is enabled in agent but ipv6 is either disabled or not compiled in the kernel', '', /enable-ipv6: "false"/],
	['Require support for bpf_redirect_neigh() (Linux 5.10.0 or newer)', '', /^Use a kernel on the node/],
	['Require support for the eBPF JIT (CONFIG_HAVE_EBPF_JIT=y and CONFIG_BPF_JIT=y)', '', /CONFIG option/],
	['kernel version: NOT OK: minimal supported kernel version is >=4.19.57; kernel version that is running is: 4.18.0', '', /^Use a kernel/],
	['IPSec with tunneling requires support for xfrm state output masks (Linux 4.19 or later).', 'operation not permitted', /^Use a kernel/],
	['external IPv4 node address could not be derived, please configure via --ipv4-node', '', /InternalIP/],
	['external node address could not be derived, please configure via --ipv4-node or --ipv6-node', '', /InternalIP/],
	['Could not create runtime directory', 'mkdir /var/run/cilium/state: no space left on device', /^Free space/],
	['Could not create state directory', 'mkdir /var/run/cilium/state: read-only file system', /writable/],
	['map create: cannot allocate memory', '', /^Give the node memory/],
	['clang: NOT OK', 'exec: "clang": executable file not found in $PATH', /contains clang/],
	['clang version: NOT OK: minimal supported clang version is >=10.0.0; clang version that is running is: 7.0.1', '', /contains clang/],
	['failed to compile bpf_sock.c', 'Failed to compile bpf_sock.o: exit status 1', /compiler’s lines/],
	['Failed to compile XDP program', 'Failed to compile bpf_xdp.o: signal: killed', /compiler’s lines/],
	['alignchecker compile failed', 'exit status 1', /compiler’s lines/],
	['loading eBPF collection into the kernel: program cil_from_container: load program: permission denied: 1: R1=ctx()', '', /newer kernel/],
	['program cil_to_netdev: load program: invalid argument: unknown func bpf_redirect_neigh#152', '', /newer kernel/],
	['load program: operation not permitted', '', /^Allow the agent BPF/],
	// --- addresses
	['listen tcp 127.0.0.1:9879: bind: address already in use', '', /holds this port/],
	['unable to allocate router IP for family ipv4: range is full', '', /no address left/],
	['unable to allocate health IPv4: no more IPs, see https://cilium.link/ipam-range-full', '', /no address left/],
	['unable to derive PodCIDR via Node or CiliumNode resource', '', /^Give the node a pod range/],
	['required IPv4 PodCIDR not available', '', /^Give the node a pod range/],
	['Cannot specify IPAM mode multi-pool in tunnel mode.', '', /native routing with this IPAM/],
	// --- settings
	[
		'native routing cidr must be configured with option --ipv4-native-routing-cidr in combination with --enable-ipv4=true --enable-ipv4-masquerade=true --routing-mode=native --ipam=kubernetes',
		'',
		/^Set ipv4-native-routing-cidr/,
	],
	['ipv4-native-routing-cidr must be an IPv4 CIDR', '', /^Set ipv4-native-routing-cidr/],
	["Unable to parse CIDR '10.0.0/8'", 'invalid CIDR address: 10.0.0/8', /^Set ipv4-native-routing-cidr/],
	['encryption-strict-mode-cidr must be an IPv4 CIDR', '', /encryption\.strictMode\.cidr/],
	['encryption-strict-egress-cidr must be an IPv4 CIDR', '', /encryption\.strictMode\.egress\.cidr/],
	['Cannot parse CIDR x from --encryption-strict-egress-cidr option', 'invalid CIDR address: x', /encryption\.strictMode\.egress\.cidr/],
	['auto-direct-node-routes cannot be used with tunneling. Packets must be routed through the tunnel device.', '', /autoDirectNodeRoutes/],
	[
		'install-no-conntrack-iptables-rules requires the agent to run with kube-proxy-replacement=true.',
		'',
		/installNoConntrackIptablesRules/,
	],
	['install-no-conntrack-iptables-rules requires the agent to run in direct routing mode.', '', /installNoConntrackIptablesRules/],
	['L7 proxy requires iptables rules (--install-iptables-rules="true")', '', /^Remove install-iptables-rules/],
	[
		'kube-proxy replacement (--kube-proxy-replacement) or BPF masquerade (--enable-bpf-masquerade) requires iptables rules (--install-iptables-rules="true")',
		'',
		/^Remove install-iptables-rules/,
	],
	['BPF ip-masq-agent requires --enable-ipv4-masquerade="true" and --enable-bpf-masquerade="true"', '', /ipMasqAgent/],
	[
		'BPF masquerade does not allow to specify devices via --egress-masquerade-interfaces (use --devices instead)',
		'',
		/egressMasqueradeInterfaces/,
	],
	['BPF masquerade requires NodePort (--enable-node-port="true").', '', /^Turn BPF masquerade off/],
	['netkit devices cannot be used with --enable-host-legacy-routing=true', '', /datapath-mode: veth/],
	['netkit device probe failed, requires kernel 6.7.0+ and CONFIG_NETKIT', '', /datapath-mode: veth/],
	['Invalid datapath mode', '', /datapath-mode/],
	["BPF bandwidth manager's BBR setup requires BPF host routing.", '', /bandwidthManager\.bbr/],
	['BIG TCP is not supported with legacy host routing', '', /enableIPv4BIGTCP/],
	[
		'legacy routing mode does not support dynamic pod egress routing (disable with --enable-fib-table-id-annotation)',
		'',
		/enable-fib-table-id-annotation/,
	],
	['IPSec cannot be used with BPF NodePort', '', /WireGuard/],
	[
		'IPSec requires DNS proxy transparent mode to be enabled (--dnsproxy-enable-transparent-mode="true")',
		'',
		/dnsProxy\.enableTransparentMode/,
	],
	['IPSec cannot be used with the host firewall.', '', /hostFirewall\.enabled/],
	['WireGuard (--enable-wireguard) cannot be used with IPsec (--enable-ipsec)', '', /encryption\.type/],
	['open : no such file or directory', '', /ipsec-key-file/],
	['global IPsec key missing', '', /cilium-ipsec-keys/],
	['Ipsec default interface lookup failed, consider "encrypt-interface" to manually configure interface.', '', /encrypt-interface/],
	['Either IPv4 or IPv6 addressing must be enabled', '', /enable-ipv4/],
	['invalid cluster name: must not be more than 32 characters', '', /^Set cluster-name/],
	['cannot use default cluster name (default) with option cluster-id', '', /^Set cluster-name/],
	[
		'Cilium is currently affected by a bug that causes traffic matched by network policies to be incorrectly dropped when running in either ENI mode (both AWS and AlibabaCloud) or AWS VPC CNI chaining mode, if the cluster ID is 128-255 (and 384-511 when max-connected-clusters=511). Please refer to https://github.com/cilium/cilium/issues/21330 for additional details.',
		'',
		/cluster-id below 128/,
	],
	['invalid cluster id 300: must be in range 0..255', '', /^Set cluster-id/],
	['ClusterID > 255 is not supported', '', /^Set cluster-id/],
	['Node Port "dsr" mode cannot be used with vxlan tunneling.', '', /loadBalancer\.mode: snat/],
	['Cannot set NodePort acceleration: eth0 does not support XDP', '', /best-effort/],
	['NodePort port range (30000-32767) is not allowed to be after ephemeral port range (1024-20000)', '', /node-port-range/],
	['invalid value for kube-proxy-replacement: partial', '', /kube-proxy-replacement/],
	['failed to read source CNI config file at /host/etc/cni/net.d/05.input: no such file', '', /read-cni-conf/],
	['no matching CNI configurations found (will retry)', '', /cni-chaining-target/],
	['invalid CNI chaining mode: Portmap', '', /in lower case/],
	['unable to determine direct routing device. Use --direct-routing-device to specify it', '', /direct-routing-device/],
	['could not run bpftool', 'exec: "bpftool": not found', /contains bpftool/],
	['Both --node-port-range and --nodeport-range were set. Only use --node-port-range instead.', '', /one of the two keys/],
	// --- the API server and the operator
	['Unable to find all Cilium CRDs necessary within 5m0s timeout.', 'context deadline exceeded', /cilium-operator/],
	['k8s version (1.15.0) is not meeting the minimal requirement (1.21.0)', '', /^Upgrade Kubernetes/],
	['Unable to initialize', 'nodes "a" is forbidden: User "x" cannot get resource "nodes"', /ClusterRole/],
	['Unable to contact k8s api-server', 'Unauthorized', /new token/],
	['Unable to setup kvstore', 'dial tcp 10.0.0.4:2379: connect: connection refused', /key-value store/],
	['Timed out waiting for pre-existing resources to be received; exiting', 'context deadline exceeded', /in time/],
	['timed out after 3m0s, never received event for resource "cilium/v2::CiliumNode"', '', /in time/],
	['failed to add WireGuard device: operation not supported', '', /module wireguard/],
	['unknown flag: --enable-host-port', '', /^Remove that argument/],
	['unable to init k8s client: dial tcp 10.96.0.1:443: i/o timeout', '', /k8sServiceHost/],
	['Unable to contact k8s api-server', 'etcdserver: request timed out: connection refused', /k8sServiceHost/],
	['Unable to mount BPF filesystem', 'device busy', /^Mount the BPF file system/],
	['Mount in the custom directory /run/cilium/cgroupv2 has a different filesystem than cgroup2', '', /^Mount the BPF file system/],
	['failed to detect devices', '', /^Set devices/],
	['The high-scale IPcache mode requires Node Port mode "dsr" with geneve dispatch', '', /highScaleIPcache/],
	['Unable to addend nodeport range (30000-32767) to net.ipv4.ip_local_reserved_ports', 'permission denied', /autoProtectPortRange/],
	['joining a Cilium cluster (--join-cluster) requires kvstore (--kvstore) be set', '', /no key-value store was asked/],
	['unable to parse fixed-identity-mapping: invalid', '', /option that the line names/],
	['Cannot parse vlan ID integer from --vlan-bpf-bypass option', 'strconv.Atoi', /option that the line names/],
	['Invalid value for --bpf-lb-algorithm: maglevv', '', /option that the line names/],
	['BPF NodePort services needs kernel 4.17.0 or newer', '', /kernel probe/],
	['panic: runtime error: invalid memory address or nil pointer dereference', '', /fault of this Cilium release/],
];

const quoted = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', String.raw`\"`);

/** The same words as both versions write them: logrus and slog, as text and as JSON, bare and behind what the agent's layers put before them. */
const frames: ReadonlyArray<readonly [name: string, frame: (message: string, error: string) => string]> = [
	['logrus', (message, error) => `level=fatal msg="${quoted(message)}"${error && ` error="${quoted(error)}"`} subsys=daemon`],
	[
		'logrus, behind layers',
		(message, error) =>
			`level=fatal msg="failed to start: daemon creation failed: ${quoted([message, error].filter(Boolean).join(': '))}" subsys=daemon`,
	],
	[
		'slog',
		(message, error) =>
			`time=2026-11-28T10:00:00.1Z level=fatal source=/go/src/github.com/cilium/cilium/daemon/cmd/root.go:51 msg="unable to run agent: failed to start: ${quoted([message, error].filter(Boolean).join(': '))}"`,
	],
	[
		'slog, a start hook',
		(message, error) =>
			`time=2026-11-28T10:00:00.1Z level=error msg="Start hook failed" function=cmd.newDaemonPromise.func1 error="${quoted([message, error].filter(Boolean).join(': '))}"`,
	],
	['JSON', (message, error) => JSON.stringify({time: '2026-11-28T10:00:00Z', level: 'fatal', msg: message, ...(error && {error})})],
];

test.each(
	said.flatMap(([message, error, remedy]) => frames.map(([name, frame]) => [message, name, frame(message, error), remedy] as const)),
)('“%s” (%s)', (_message, _name, line, remedy) => {
	expect(lastWords({observation: observation({agentLog: ['level=info msg="  --devices=\'\'"', line]})})).toMatchObject({
		line,
		remedy: expect.stringMatching(remedy) as string,
		ended: true,
	});
});

test('every row of the remedies is reached by some of these words', () => {
	const folder = path.join(import.meta.dirname, '..', '..', 'source', 'diagnosis', 'agent-remedies');
	const source = readdirSync(folder)
		.map(file => readFileSync(path.join(folder, file), 'utf8'))
		.join('\n');
	const rows = source.match(/^\t\tremedy:/gmu) ?? [];
	const reached = new Set(said.map(([message, error]) => remedyFor([message, error].filter(Boolean).join(': '))));
	expect(rows.length).toBeGreaterThan(50);
	expect(reached.size).toBe(rows.length);
});

test.each([
	'exit status 2',
	'context canceled',
	'Start failed',
	'stopping',
	'Error while creating daemon',
	'Failed to launch',
	'unable to parse routing info',
	// No range is full, and no node lacks one: 1.20 daemon/infraendpoints/infra_ip_allocation.go, 1.15 daemon/cmd/daemon_main.go.
	'unable to allocate router IP for family ipv4: provided IP is already allocated',
	'BGP announcements for pod CIDRs is not supported with IPAM mode "eni" (only "kubernetes" and "cluster-pool" are supported)',
])('“%s” alone is not guessed at', words => {
	expect(remedyFor(words)).toBeUndefined();
});

const waiting =
	'time=2026-11-28T10:00:00Z level=info msg="Still waiting for Cilium Operator to register CRDs" crds="[ciliumnodes.cilium.io]"';
test('an agent that waits for CRDs runs on: its words count until they have come', () => {
	const words = (...agentLog: string[]) => lastWords({observation: observation({agentLog})});
	expect(words(waiting)).toMatchObject({line: waiting, ended: false, remedy: expect.stringMatching(/cilium-operator/u) as string});
	expect(words(waiting, 'level=info msg="All Cilium CRDs have been found and are available"')).toBeUndefined();
	const written = 'level=info msg="Wrote CNI configuration file to /host/etc/cni/net.d/05-cilium.conflist" subsys=cni-config';
	const failed = 'level=info msg="Failed to write CNI config file (will retry): failed to render: no such file" subsys=cni-config';
	expect(words(failed, written)).toBeUndefined();
	expect(words(written, failed)).toMatchObject({line: failed});
});
