/** Starts of pods that fail, by the words of public reports: which plugin failed, and what helps. */
import type {Evidence} from '../../source/evidence/evidence.ts';
import {binary, epoch, times, workingPortmap} from './builders.ts';
import {native, portmap, sandbox, seen, withEvent, type ReportedInput} from './reported-inputs.ts';
import {missingBinaryEvidence, pathlessEvidence, withNode, withObservation} from './scenes.ts';

/** One pod waits, with this event. */
const says = (words: string, base: Evidence = portmap): (() => Evidence) => {
	return () => withEvent(base, words.startsWith('Failed') ? words : `${sandbox}${words}`);
};
const missing = 'failed to find plugin "portmap" in path [/opt/cni/bin]';
/** portmap has been in the folder since this moment, by its inode. */
const since = (time: string, base: Evidence = portmap): Evidence =>
	seen(base, {
		binaryFolder: {
			host: '/opt/cni/bin',
			files: [binary('cilium-cni'), binary('loopback'), workingPortmap({changed: epoch(time)})],
		},
	});
const shim = 'plugin type="multus-shim" name="multus-cni-network" failed (add): CmdAdd (shim): CNI request failed with status 400: ';

/** An agent that does not run, with what the kubelet says of its pod. */
const down = (trouble: string): (() => Evidence) => {
	return () =>
		withNode(pathlessEvidence('1.17.5', ['node-1']), 'node-1', each => ({
			...each,
			observation: null,
			via: 'api',
			agent: each.agent && {...each.agent, ready: false, trouble},
		}));
};
/** A pod that is being deleted and cannot be torn down. */
const torndown = (base: Evidence): Evidence => ({
	...base,
	events: [
		{
			reason: 'FailedKillPod',
			message: `error killing pod: failed to "KillPodSandbox" for "x" with KillPodSandboxError: "rpc error: code = Unknown desc = failed to destroy network for sandbox \\"dae\\": plugin type=\\"portmap\\" failed (delete): failed to find plugin \\"portmap\\" in path [/opt/cni/bin]"`,
			namespace: 'default',
			object: 'Pod/old',
			node: 'node-1',
			count: 30,
			lastSeen: times.collected,
			podIs: '',
		},
	],
});
const backOff = 'CrashLoopBackOff: back-off 5m0s restarting failed container';

export const startInputs: readonly ReportedInput[] = [
	// --- another plugin than portmap
	{
		name: 'linkerd-cni that ends with 127',
		report: 'linkerd/linkerd2#14538',
		make: says('plugin type="linkerd-cni" name="linkerd-cni" failed (add): exit status 127'),
		first: 'HP24 error',
		verdict: 'degraded',
		says: /: the plugin linkerd-cni fails\nCheck the pods of DaemonSet linkerd-cni/u,
	},
	{
		name: 'istio-cni that was started before Cilium',
		report: 'istio/istio#55894',
		make: says(
			'plugin type="istio-cni" failed (add): Get "http://localhost:8080/api/v1/namespaces/kube-system/pods/coredns-5-8": dial tcp [::1]:8080: connect: connection refused',
		),
		first: 'HP24 error',
		verdict: 'degraded',
		says: /: the plugin istio-cni fails\nCheck the pods of DaemonSet istio-cni-node/u,
	},
	{
		name: 'istio-cni in a network that is named portmap',
		report: 'istio/istio#55894',
		make: says(
			'plugin type="istio-cni" name="portmap" failed (add): unable to push CNI event: Post "http://pluginapi/cmdadd": dial unix /var/run/istio-cni/pluginevent.sock: connect: no such file or directory',
		),
		first: 'HP24 error',
		verdict: 'degraded',
		says: /: the plugin istio-cni fails/u,
	},
	{
		name: 'calico that is still in the list of a node',
		report: 'cilium/cilium#14910',
		make: says(
			'plugin type="calico" failed (add): stat /var/lib/calico/nodename: no such file or directory: check that the calico/node container is running',
		),
		first: 'HP24 error',
		verdict: 'degraded',
		says: /If Calico was removed, remove calico from the CNI file/u,
	},
	{
		name: 'whereabouts behind Multus has no address',
		report: 'k8snetworkplumbingwg/multus-cni: pkg/server',
		make: says(
			`${shim}'ERRORED: error configuring pod [default/waits] networking: [default/waits/uid:macvlan]: error at storage engine: Could not allocate IP in range: ip: 10.9.0.1'`,
		),
		first: 'HP24 error',
		verdict: 'degraded',
		says: /: the plugin multus-shim fails/u,
	},
	// --- cilium-cni and its agent
	{
		name: 'the agent does not answer',
		report: 'cilium/cilium#40345',
		make: says(
			'plugin type="cilium-cni" failed (add): unable to connect to Cilium agent: failed to create cilium agent client after 30.000000 seconds timeout: Get "http://localhost/v1/config": dial unix /var/run/cilium/cilium.sock: connect: no such file or directory',
		),
		first: 'HP24 error',
		verdict: 'broken',
		says: /: the Cilium agent does not answer cilium-cni\nCheck the Cilium agent pod/u,
	},
	{
		name: 'the agent creates endpoints too slowly',
		report: 'cilium/cilium: api/v1/client/endpoint',
		make: says('plugin type="cilium-cni" failed (add): unable to create endpoint: [PUT /endpoint/{id}][429] putEndpointIdTooManyRequests'),
		first: 'HP24 error',
		verdict: 'degraded',
		says: /: the Cilium agent limits new endpoints/u,
	},
	{
		name: 'no address is free',
		report: 'cilium/cilium: pkg/ipam/pool.go',
		make: says(
			'plugin type="cilium-cni" failed (add): unable to allocate IP via local cilium agent: [POST /ipam][502] postIpamFailure "all pod CIDR ranges are exhausted"',
		),
		first: 'HP24 error',
		verdict: 'degraded',
		says: /: no pod address was allocated/u,
	},
	{
		name: 'cilium-cni behind another plugin, without a chaining mode',
		report: 'cilium/cilium: plugins/cilium-cni/cmd/cmd.go',
		make: says(
			'plugin type="cilium-cni" failed (add): CNI PrevResult supplied, but not in chaining mode -- this is invalid, please set chaining-mode in CNI configuration',
		),
		first: 'HP24 error',
		verdict: 'degraded',
		says: /: cilium-cni stands behind another plugin/u,
	},
	// --- before any plugin
	{
		name: 'the pause image cannot be pulled',
		report: 'containerd/containerd: internal/cri/server/sandbox_run.go',
		make: says(
			'Failed to create pod sandbox: rpc error: code = DeadlineExceeded desc = failed to get sandbox image "registry.k8s.io/pause:3.9": failed to pull image "registry.k8s.io/pause:3.9": dial tcp 34.96.108.209:443: i/o timeout',
		),
		first: 'HP24 error',
		verdict: 'degraded',
		says: /: the sandbox image cannot be pulled/u,
	},
	{
		name: 'the sandbox’s name is taken',
		report: 'containerd/containerd: internal/cri/server/sandbox_run.go',
		make: says(
			'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to reserve sandbox name "waits_default_x_0": name "waits_default_x_0" is reserved for "5b2b"',
		),
		first: 'HP24 error',
		verdict: 'degraded',
		says: /: an earlier attempt still holds the sandbox name/u,
	},
	{
		name: 'no resolv.conf of systemd',
		report: 'kubernetes/kubernetes: pkg/kubelet/network/dns',
		make: says('Failed to create pod sandbox: open /run/systemd/resolve/resolv.conf: no such file or directory'),
		first: 'HP24 error',
		verdict: 'degraded',
		says: /: the kubelet finds no resolv\.conf/u,
	},
	{
		name: 'runc cannot apply the cgroup',
		report: 'opencontainers/runc: libcontainer',
		make: says(
			'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to start sandbox container task "ab": OCI runtime create failed: runc create failed: unable to apply cgroup configuration: unable to start unit "cri-containerd-ab.scope"',
		),
		first: 'HP24 error',
		verdict: 'degraded',
		says: /: the runtime cannot start the sandbox’s container/u,
	},
	{
		name: 'the runtime does not finish in time',
		report: 'kubernetes/kubernetes: pkg/kubelet/cri/remote',
		make: says('Failed to create pod sandbox: rpc error: code = DeadlineExceeded desc = context deadline exceeded'),
		first: 'HP24 error',
		verdict: 'degraded',
		says: /: the container runtime does not finish in time/u,
	},
	// --- portmap
	{
		name: 'portmap is killed by a time limit, and its binary is good',
		report: 'k3s-io/k3s#6324',
		make: says('plugin type="portmap" failed (add): netplugin failed with no error message: signal: killed'),
		first: 'HP30 error',
		verdict: 'degraded',
		says: /: portmap is killed before it ends\nFind what ends it/u,
	},
	{
		name: 'portmap that ends by itself with a fault of memory',
		report: '',
		twin: true,
		make: says('plugin type="portmap" failed (add): netplugin failed with no error message: signal: segmentation fault'),
		first: 'HP02 error',
		verdict: 'broken',
		says: /which does not run/u,
	},
	{
		name: 'nft of Enterprise Linux 9 refuses portmap’s rules, in a network of Multus',
		report: 'containernetworking/plugins#1115',
		make: says(
			'plugin type="multus-cni" name="multus-cni-network" failed (add): [traefik/edge/3908:mgmt]: error adding container to network "mgmt": plugin type="portmap" failed (add): unable to set up nftables rules for port mappings: /dev/stdin:13:1-182: Error: Could not process rule: Operation not supported add rule ip cni_hostport hostports ip protocol tcp th dport 81 dnat ip addr . port to 198.18.1.194 . 10081 comment "9fa1"',
		),
		first: 'HP30 error',
		verdict: 'degraded',
		says: /portmap 1\.6\.0 writes invalid nftables rules/u,
	},
	{
		name: 'portmap is where the runtime searched, since before, and is not found',
		report: 'canonical/microk8s#1432',
		make: () => withEvent(since(times.created), sandbox + missing),
		first: 'HP02 error',
		verdict: 'broken',
		says: /portmap, which the runtime does not find\nRestart the container runtime/u,
	},
	{
		name: 'portmap has been put there since the event',
		report: '',
		twin: true,
		make: () => ({...withEvent(since('2024-02-07T02:00:30Z'), sandbox + missing), collectedAt: '2024-02-07T02:01:00Z'}),
		// The kubelet has not tried again by now: nothing is said.
		first: ' ',
		verdict: 'ok',
	},
	{
		name: 'when portmap was put there is not known',
		report: '',
		twin: true,
		make: says(missing),
		first: 'HP02 warning',
		verdict: 'unknown',
		says: /Run check again/u,
	},
	{
		name: 'the runtime still calls portmap, which the file no longer names',
		report: 'containerd/go-cni: opts.go',
		make: says(missing, native),
		first: 'HP24 error',
		verdict: 'degraded',
		says: /the runtime calls portmap, 05-cilium\.conflist does not\nRestart the container runtime/u,
	},
	{
		name: 'the same event from before the file was written',
		report: '',
		twin: true,
		make: () => {
			const base = withEvent(native, sandbox + missing);
			const old = {...base, events: base.events.map(event => ({...event, lastSeen: '2024-01-10T09:04:00Z', podIs: 'gone' as const}))};
			return {...withObservation(old, 'node-1', {}), pods: native.pods};
		},
		first: 'HP22 info',
		verdict: 'ok',
	},
	// --- agents that do not run
	{
		name: 'the agent’s image cannot be pulled in the middle of an upgrade',
		report: 'kubernetes/kubernetes: pkg/kubelet/images',
		make: down('ImagePullBackOff: Back-off pulling image "quay.io/cilium/cilium:v1.17.55"'),
		first: 'HP24 error',
		verdict: 'unknown',
		says: /\nMake the agent’s image available/u,
	},
	{
		name: 'the agent runs out of memory',
		report: 'cilium/cilium#21470',
		make: down('OOMKilled: restarted 9 times, its last run ended with exit code 137'),
		first: 'HP24 error',
		verdict: 'unknown',
		says: /\nGive the agent more memory/u,
	},
	{
		name: 'an init container of the agent on Talos',
		report: 'cilium/cilium#40421',
		make: down(`${backOff}=clean-cilium-state pod=cilium-2gnk9_kube-system(13b0884b)`),
		first: 'HP24 error',
		verdict: 'unknown',
		says: /logs cilium-node-1 -c clean-cilium-state --previous/u,
	},
	{
		name: 'the init container that reads cilium-config',
		report: 'cilium/cilium: Documentation/network/kubernetes/kubeproxy-free.rst',
		make: down(`${backOff}=config pod=cilium-2gnk9_kube-system(13b0884b)`),
		first: 'HP24 error',
		verdict: 'unknown',
		says: /without kube-proxy set k8sServiceHost/u,
	},
	{
		name: 'an agent that ended with a line of its own',
		report: 'cilium/cilium: daemon/cmd/daemon.go',
		make: down(
			`${backOff}=cilium-agent pod=cilium-2gnk9_kube-system(13b0884b); cilium-agent: level=fatal msg="failed to start: daemon creation failed: BPF masquerade requires NodePort (--enable-node-port=\\"true\\")"`,
		),
		first: 'HP24 error',
		verdict: 'unknown',
		says: /\nThe agent ended with “BPF masquerade requires NodePort/u,
	},
	{
		name: 'an agent that says nothing',
		report: '',
		twin: true,
		make: down(`${backOff}=cilium-agent pod=cilium-2gnk9_kube-system(13b0884b)`),
		first: 'HP24 error',
		verdict: 'unknown',
		says: /\nRead the agent's last log lines/u,
	},
	// --- stops
	{
		name: 'pods from the time of portmap do not stop after the change back to eBPF',
		report: 'cilium/cilium#41300',
		make: () => torndown(native),
		first: 'HP24 warning',
		verdict: 'ok',
		says: /pods fail to stop on node-1: they were started with portmap[^\n]+\nInstall portmap in \/opt\/cni\/bin again/u,
	},
	{
		name: 'the same where the file still names portmap, which is missing',
		report: '',
		twin: true,
		make: () => torndown(missingBinaryEvidence('1.17.4', ['node-1'])),
		first: 'HP02 error',
		verdict: 'broken',
	},
	{
		name: 'the network of the node was restarted, and Cilium’s program is gone from its device',
		report: 'cilium/cilium#24571',
		make: () => seen(native, {programDevices: []}),
		first: 'HP36 warning',
		verdict: 'unknown',
		says: /\nRestart the agent pods there: they attach the program again/u,
	},
	{
		name: 'an agent that has just started, and may still compile',
		report: '',
		twin: true,
		make: () =>
			withNode(seen(native, {programDevices: []}), 'node-1', each => ({
				...each,
				agent: each.agent && {...each.agent, startedAt: '2024-02-07T01:58:00Z'},
			})),
		first: 'HP36 warning',
		verdict: 'unknown',
		says: /\nRun check again in a minute/u,
	},
	// --- pasted words
	{
		name: 'an event with quotes of a word processor',
		report: 'kubernetes/kops#18588',
		make: says('failed to find plugin “portmap” in path [/opt/cni/bin]', missingBinaryEvidence('1.16.1', ['node-1'])),
		first: 'HP02 error',
		verdict: 'broken',
	},
	{
		name: 'an event with quotes of a web page',
		report: 'kubernetes/kops#18588',
		make: says(
			'plugin type=&quot;portmap&quot; failed (add): failed to find plugin &quot;portmap&quot; in path [/opt/cni/bin]',
			missingBinaryEvidence('1.16.1', ['node-1']),
		),
		first: 'HP02 error',
		verdict: 'broken',
	},
	{
		name: 'an event that is cut in the middle',
		report: 'containernetworking/plugins: plugins/meta/portmap/portmap.go',
		make: says('plugin type="portmap" failed (add): unable to create chain CNI-HOSTPORT-SETMARK: failed to list cha'),
		first: 'HP30 error',
		verdict: 'degraded',
	},
	// --- further words of the programs that portmap runs
	...(
		[
			[
				'ip6tables without its table',
				"unable to create chain CNI-HOSTPORT-SETMARK: running [/usr/sbin/ip6tables -t nat -S --wait]: exit status 3: ip6tables v1.8.7 (legacy): can't initialize ip6tables table `nat': Table does not exist (do you need to insmod?)",
				/kernel or iptables lacks what portmap needs/u,
			],
			[
				'a lock that another program holds',
				'running [/usr/sbin/iptables -t nat -A CNI-DN-1]: exit status 4: iptables: Resource temporarily unavailable.',
				/another program holds the xtables lock/u,
			],
			[
				'a lock file that may not be opened',
				"running [/usr/sbin/iptables -t nat -S --wait]: exit status 1: Fatal: can't open lock file /run/xtables.lock: Permission denied",
				/iptables cannot open its lock file/u,
			],
			[
				'no conntrack program for UDP',
				'failed to delete stale UDP conntrack entries for 10.0.0.5: Error looking for path of conntrack: exec: "conntrack": executable file not found in $PATH',
				/install conntrack if it is not found/u,
			],
			[
				'a user without the right to write rules',
				'running [/usr/sbin/iptables -t nat -S --wait]: exit status 4: iptables v1.8.7 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)',
				/portmap lacks permission to write rules/u,
			],
			[
				'a sysctl that cannot be written',
				'unable to set route_localnet = 1: open /proc/sys/net/ipv4/conf/eth0/route_localnet: read-only file system',
				/portmap cannot set the sysctl that it needs/u,
			],
		] as const
	).map(([name, words, expected]) => ({
		name: `portmap meets ${name}`,
		report: 'containernetworking/plugins: plugins/meta/portmap',
		make: says(`plugin type="portmap" failed (add): ${words}`),
		first: 'HP30 error',
		verdict: 'degraded',
		says: expected,
	})),
];
