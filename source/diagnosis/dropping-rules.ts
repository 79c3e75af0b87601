import type {HostPortView} from './host-port-view.ts';
import type {NodeView} from './node-view.ts';

/** A rule of the node's own firewall that drops what comes to a hostPort. */
export type DroppingRule = {readonly build: 'nft' | 'legacy'; readonly table: string; readonly line: string};

/**
 * The first rule outside the nat table that names this hostPort, or the pod behind it, and drops or rejects. Whether another rule
 * lets the packet through before it was not read. Rules that concern some senders only, or that say more than is understood
 * here, are passed over.
 */
export function droppingRule(hostPort: HostPortView, node: NodeView): DroppingRule | undefined {
	const nat = node.observation?.nat;
	for (const build of ['nft', 'legacy'] as const) {
		for (const other of nat?.[build]?.others ?? []) {
			const [, table = '', line = ''] = /^(\w+) (-A .*)$/.exec(other) ?? [];
			if (line !== '' && drops(table, line, hostPort)) {
				return {build, table, line};
			}
		}
	}

	return undefined;
}

// What portmap sends on to a pod goes through these chains, and never through INPUT.
const beforeTranslation = /^(?:raw|mangle) PREROUTING$/;
const afterTranslation = /^(?:filter|mangle|security) (?!INPUT$|OUTPUT$|PREROUTING$|POSTROUTING$)\S+$/;

function drops(table: string, line: string, {port, pod}: HostPortView): boolean {
	const rule = matchesOf(line);
	if (rule === undefined || (rule.protocol !== '' && rule.protocol !== port.protocol.toLowerCase())) {
		return false;
	}

	const place = `${table} ${rule.chain}`;
	if (beforeTranslation.test(place)) {
		return rule.destination === '' && rule.ports.includes(port.hostPort);
	}

	const isForPod = pod.podIPs.includes(rule.destination);
	return (
		afterTranslation.test(place) &&
		(isForPod
			? rule.ports.length === 0 || rule.ports.includes(port.containerPort)
			: rule.destination === '' && rule.ports.includes(port.containerPort))
	);
}

type Matches = {chain: string; protocol: string; destination: string; ports: readonly number[]};

/** What a rule asks of a packet; undefined where it asks for anything else than protocol, destination, port and incoming device. */
function matchesOf(line: string): Matches | undefined {
	const plain = line.replaceAll(/ -m comment| --comment (?:"[^"]*"|\S+)/g, '');
	const found =
		/^-A (\S+)(?: -d ([^\s/]+)(?:\/32|\/128)?)?(?: -i \S+)?(?: -p (\w+))?(?: -m (?:tcp|udp|sctp|multiport))*(?: --dports? ([\d,]+))? -j (?:DROP|REJECT)(?: --reject-with \S+)?$/.exec(
			plain,
		);
	return found === null
		? undefined
		: {
				chain: found[1] ?? '',
				destination: found[2] ?? '',
				protocol: found[3] ?? '',
				ports: (found[4] ?? '').split(',').filter(Boolean).map(Number),
			};
}
