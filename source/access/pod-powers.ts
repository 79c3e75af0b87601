/**
 * What a helper pod may do beyond reading the two CNI folders, by what it is asked:
 * `nat`: list the host's nat rules; `write`: put a file into the folder of CNI binaries; `host`: enter the node's own namespaces.
 */
export type PodPower = 'nat' | 'write' | 'host';

type PowerNeeds = {
	readonly capabilities: readonly string[];
	/** Sees the processes of the node. */
	readonly hostPID: boolean;
	/** The folder of binaries is mounted writable. */
	readonly isWritable: boolean;
};

const needs: Readonly<Record<PodPower, PowerNeeds>> = {
	// iptables-save asks by netlink (NET_ADMIN), its legacy build by a raw socket.
	nat: {capabilities: ['NET_ADMIN', 'NET_RAW'], hostPID: false, isWritable: false},
	write: {capabilities: [], hostPID: false, isWritable: true},
	// setns(2) into a mount namespace wants SYS_ADMIN and SYS_CHROOT, and opening that of process 1 SYS_PTRACE: just what the init
	// container mount-cgroup of Cilium's own chart has for it.
	host: {capabilities: ['SYS_ADMIN', 'SYS_CHROOT', 'SYS_PTRACE'], hostPID: true, isWritable: false},
};

/** What a pod needs for all of these together, and nothing more. */
export function needsOf(powers: readonly PodPower[]): PowerNeeds {
	const all = powers.map(power => needs[power]);
	return {
		capabilities: all.flatMap(({capabilities}) => capabilities),
		hostPID: all.some(({hostPID}) => hostPID),
		isWritable: all.some(({isWritable}) => isWritable),
	};
}
