import {releaseOf} from '../../cilium/releases.ts';
import {finding, type Found} from '../finding.ts';
import {isLeaving} from '../host-port-view.ts';
import type {View} from '../view.ts';
import {count} from '../../words.ts';

/**
 * A loopback hostIP that nobody reaches, its own node neither, though its entry or rule is there: by eBPF only the socket programs serve
 * it, by rules the kernel serves 127.0.0.1 alone (docs/paths.md).
 */
export function deadLoopback(view: View): Found[] {
	const hostPorts = view.hostPorts.filter(hostPort => hostPort.reason === 'loopback-dead' && !isLeaving(hostPort));
	return [true, false].flatMap(byRules => {
		const these = hostPorts.filter(({mapping}) => (mapping !== undefined) === byRules);
		const [first] = these;
		if (first === undefined) return [];
		const keys = Object.entries(releaseOf(view.nodeOf(first)?.version ?? view.version).hostSocketKeys).map(
			([key, value]) => `${key}: "${value}"`,
		);
		return finding({
			severity: 'error',
			hostPorts: these,
			title: `${count(these.length, 'hostPort')} with a loopback hostIP ${these.length === 1 ? 'answers' : 'answer'} no client, not even ${these.length === 1 ? 'its' : 'their'} own node`,
			because: these
				.slice(0, 3)
				.map(({name, port, diagnosis}) => ({source: `pod of ${name}`, says: `hostIP ${port.hostIP}; ${diagnosis.by}`})),
			remedy: byRules
				? 'Set hostIP to 127.0.0.1: rules serve no loopback address of IPv6.'
				: `Set ${keys.join(' and ')} in cilium-config and restart the agents: only the socket programs serve a loopback address.`,
		});
	});
}
