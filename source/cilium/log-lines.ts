/** A line of the agent's log that is often read wrongly, and what it does mean for hostPort. */
export type LogLine = {
	readonly name: string;
	readonly pattern: RegExp;
	readonly meaning: string;
	/** It says nothing about hostPort: a false lead. */
	readonly harmless: boolean;
};

// Wordings by version: daemon/cmd/kube_proxy_replacement.go and pkg/k8s/watchers/pod.go, 1.8 to 1.18.
export const logLines: readonly LogLine[] = [
	{
		name: 'auto-disabling',
		pattern: /Auto-disabling .*enable-host-port/,
		meaning: 'the agent runs with kube-proxy-replacement=disabled; it is never printed because of the kernel',
		harmless: false,
	},
	{
		name: 'host-routing',
		pattern: /BPF host routing requires |falling back to legacy host routing/i,
		meaning: 'concerns BPF host routing, which hostPort does not need',
		harmless: true,
	},
	{
		name: 'session-affinity',
		pattern: /Session affinity for host reachable services needs kernel 5\.7/,
		meaning: 'concerns session affinity only; expected on kernels before 5.7',
		harmless: true,
	},
	{
		name: 'node-port-range',
		pattern: /hostPort.*colliding with the configured NodePort range|requested hostPort.*NodePort range/i,
		meaning: 'the agent ignores a hostPort that lies in the NodePort range',
		harmless: false,
	},
	{
		name: 'loopback-host-ip',
		pattern: /requested loopback address for hostIP/i,
		meaning: 'the agent ignores a hostPort whose hostIP is a loopback address',
		harmless: false,
	},
	{
		name: 'frontend-taken',
		pattern: /frontend already owned by another service/i,
		meaning: 'the agent kept the entry of an earlier pod (cilium/cilium #32805, #48455)',
		harmless: false,
	},
	{
		name: 'two-writers',
		pattern: /Activity in .*re-generating CNI configuration/,
		meaning: 'something changes the CNI folder and the agent writes its file anew; again and again it means two writers',
		harmless: true,
	},
	{
		name: 'invalid-chaining-mode',
		pattern: /invalid CNI chaining mode/,
		meaning: 'the agent has no template for this chaining mode and leaves the old file',
		harmless: false,
	},
	{
		name: 'probe-failed',
		pattern: /needs kernel 4\.1[79][\d.]*(?:,| or newer)/,
		meaning: 'a kernel probe failed: in mode probe the feature is turned off, otherwise the agent stops',
		harmless: false,
	},
];

/** What a log line means for hostPort; undefined for a line that is not known. */
export function logLineOf(line: string): LogLine | undefined {
	return logLines.find(({pattern}) => pattern.test(line));
}
