import {releaseOf, whyUnknown} from '../../cilium/releases.ts';
import type {Proof} from '../diagnosis.ts';
import type {HostPortView} from '../host-port-view.ts';
import type {View} from '../view.ts';

/** Faults that versions are known for (facts, section 8); named as a hint, not as the proof. */
export function knownFaults({version}: View, hostPorts: readonly HostPortView[]): Proof[] {
	if (whyUnknown(version) !== '') return [];
	const release = releaseOf(version);
	const known: Array<[applies: boolean, says: string]> = [
		[
			release.failsOnIPv6 && hostPorts.some(({pod}) => pod.podIPs.some(ip => ip.includes(':'))),
			'IPv6 hostPorts fail (cilium/cilium#27530)',
		],
		[
			release.mapsHostNetworkPods && hostPorts.some(({reason}) => reason === 'wrong-entry'),
			'pods on the host network get entries too (cilium/cilium#40721)',
		],
		[!release.readsInitPorts && hostPorts.some(({port}) => port.init), 'ports of init containers are not read (cilium/cilium#18850)'],
		[
			hostPorts.some(({reason}) => reason === 'wrong-entry'),
			'an entry may stay with an earlier pod after a restart (cilium/cilium#32805, #48455)',
		],
	];
	return known.filter(([applies]) => applies).map(([, says]) => ({source: `known faults of Cilium ${version}`, says}));
}
