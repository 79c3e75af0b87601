import {printableLine} from '../foreign-text.ts';
import {answerAt, type NodeRecord} from './node-records.ts';

/**
 * Devices with Cilium's program for what comes from the network, from `bpftool net show`: `eth0(2) clsact/ingress cil_from_netdev-eth0 id 7`,
 * `tcx/ingress` on newer kernels, `bpf_netdev_eth0.o:[from-netdev]` before 1.12. Null where the command is not there, failed, or answered otherwise.
 */
export function parseAttached(records: readonly NodeRecord[]): string[] | null {
	const index = records.findIndex(({key}) => key === 'attached');
	if (index === -1) return null;
	const {text, exitCode} = answerAt(records, index);
	if (exitCode !== 0 || !/^tc:/mu.test(text)) return null;
	const devices = [...text.matchAll(/^(?<device>\S+)\(\d+\) \S+\/ingress \S*from[-_]netdev/gmu)].map(
		match => match.groups?.['device'] ?? '',
	);
	return [...new Set(devices.map(device => printableLine(device, 64)))];
}
