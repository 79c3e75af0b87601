import {installerOf, keeperOf} from './plugin-installers.ts';
import {isNotRun, type SandboxEvent} from './sandbox-events.ts';

/** Why a sandbox fails that portmap does not fail: the end of a title, and what to do. */
export type StartFailure = {readonly what: string; readonly remedy: string};

/** `plugin`: only where the event names this one, `''` for none at all, `undefined` for any. */
type Family = StartFailure & {readonly words: RegExp; readonly plugin?: string};

const retried = 'The kubelet retries by itself.';

/**
 * By the words of whoever failed; the first that fits. Cilium 1.15.19 and 1.20.2 (plugins/cilium-cni/cmd/cmd.go, pkg/client/client.go,
 * api/v1/client/endpoint, pkg/ipam), containernetworking/cni (libcni), containerd 1.6 to 2.2 (internal/cri/server/podsandbox), the kubelet.
 */
const families: readonly Family[] = [
	{
		words:
			/unable to connect to Cilium (?:agent|daemon)|cilium\.sock: connect|Cilium API client timeout|failed to create cilium agent client/i,
		what: 'the Cilium agent does not answer cilium-cni',
		remedy: `Check the Cilium agent pod of these nodes: it has to run and be ready. ${retried}`,
	},
	{
		plugin: 'cilium-cni',
		words: /\[429\]|TooManyRequests/,
		what: 'the Cilium agent limits new endpoints',
		remedy:
			'Run check again in some minutes: the kubelet retries by itself. If it stays, the agent hangs or is overloaded: read its log for endpoint regeneration, then restart its pod.',
	},
	{
		plugin: 'cilium-cni',
		words: /postIpam|allocate IP\b|IPAM did provide|No more IPs|(?:range is full|ranges are exhausted)|no IP addresses available in range/i,
		what: 'no pod address was allocated',
		remedy:
			'Check the addresses of these nodes (kubectl get ciliumnode NODE -o yaml; cilium status in the agent pod): delete finished pods, or give the nodes more addresses (cluster-pool mask, ENI limits of the cloud).',
	},
	{
		plugin: 'cilium-cni',
		words: /CNI PrevResult supplied, but not in chaining mode/,
		what: 'cilium-cni stands behind another plugin',
		remedy:
			'Make cilium-cni the first plugin of the CNI file, or set its "chaining-mode" (Helm: cni.chainingMode, such as generic-veth) if another plugin makes the network.',
	},
	{
		plugin: 'cilium-cni',
		words: /invalid chaining-mode/,
		what: 'cilium-cni does not know its chaining-mode',
		remedy: 'Set "chaining-mode" of cilium-cni in the CNI file (Helm: cni.chainingMode) to a value that this Cilium version knows.',
	},
	{
		plugin: '',
		words: /sandbox image|failed to pull image|pull image "/,
		what: 'the sandbox image cannot be pulled',
		remedy: `Let the node reach the registry that the event names, or set the sandbox (pause) image in the runtime’s configuration. ${retried}`,
	},
	{
		plugin: '',
		words: /is reserved for/,
		what: 'an earlier attempt still holds the sandbox name',
		remedy:
			'Run check again in some minutes: the earlier attempt ends or times out. If it stays, the container runtime hangs: read its log, then restart the runtime.',
	},
	{
		plugin: '',
		words: /resolv\.conf/,
		what: 'the kubelet finds no resolv.conf',
		remedy: 'Set the kubelet’s resolvConf to a file that the node has (/etc/resolv.conf without systemd-resolved).',
	},
	{
		plugin: '',
		words: /\bOCI runtime|\brunc\b|\bcrun\b|shim task|cgroup/i,
		what: 'the runtime cannot start the sandbox’s container',
		remedy:
			'Read the log of the container runtime: cgroup driver, systemd, seccomp or a full disk. No CNI plugin is named, so the pod’s network is not the cause.',
	},
	{
		plugin: '',
		words:
			/cni plugin not initialized|cni config (?:load failed|uninitialized)|failed to load CNI config|\bno (?:CNI configuration|(?:valid )?networks|net(?:work)? config)/i,
		what: 'the runtime has loaded no CNI config',
		remedy: 'Run check again in a minute. If it stays, read the log of the container runtime: it tells what it refuses in the CNI folder.',
	},
	{
		words: /no space left on device/i,
		what: 'a disk of the node is full',
		remedy: `Free space on the node (df -h, df -i; /run too). ${retried}`,
	},
	{
		plugin: '',
		words: /DeadlineExceeded|context deadline exceeded/,
		what: 'the container runtime does not finish in time',
		remedy: `Read the log of the container runtime and the Cilium agent: one of them hangs or is overloaded. ${retried}`,
	},
];

/** Why the kernel or the loader does not run a plugin that is there (execve(2), ld.so(8)); the first that fits. */
const notRun: ReadonlyArray<readonly [words: RegExp, what: string, remedy: (plugin: string) => string]> = [
	[
		/exec format error/,
		'is for another architecture, or damaged',
		plugin => `Check its architecture (file ${plugin}) against the node’s (uname -m) and the image that brings it.`,
	],
	[
		/GLIBC|shared libraries/,
		'needs a newer C library than the node has',
		plugin => `Install a ${plugin} that is linked statically or built for this operating system, or upgrade the node.`,
	],
	[
		/permission denied/,
		'may not be run',
		plugin =>
			`Check the file and the folder of ${plugin} on the node: mode 755 (ls -l), a mount without noexec (findmnt -T), SELinux or AppArmor (audit log).`,
	],
	[
		/no such file or directory/,
		'lacks its loader, or vanished',
		plugin =>
			`Check whether the file is there; if it is, its interpreter is not (file ${plugin}; ldd): install one that is linked statically or built for this operating system.`,
	],
	[/text file busy/, 'is being written', () => 'Run check again in a minute: somebody is still writing the file.'],
];

/** What is known of a failed start that is not portmap's, by its event. */
export function startFailure({message, plugin, missingPlugin}: Pick<SandboxEvent, 'message' | 'plugin' | 'missingPlugin'>): StartFailure {
	if (missingPlugin !== '') return {what: `the plugin ${plugin} is not found`, remedy: installerOf(plugin)};
	const unrunnable = isNotRun({message, plugin}) ? notRun.find(([words]) => words.test(message)) : undefined;
	if (unrunnable !== undefined) {
		const [, what, remedy] = unrunnable;
		return {what: `${plugin} ${what}`, remedy: `${remedy(plugin)} ${installerOf(plugin)}`};
	}

	const family = families.find(({words, plugin: of = plugin}) => of === plugin && words.test(message));
	if (family !== undefined) return family;
	return plugin === ''
		? {
				what: 'not because of portmap',
				remedy: 'Read the event and repair what it names first: no repair of hostPort can work before that.',
			}
		: {what: `the plugin ${plugin} fails`, remedy: keeperOf(plugin)};
}
