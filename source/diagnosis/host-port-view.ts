import {familyOf} from '../cilium/addresses.ts';
import {releaseOf} from '../cilium/releases.ts';
import type {HostPortPod} from '../evidence/evidence.ts';
import {hostPortName, type HostPortDiagnosis} from './diagnosis.ts';
import {entryJudgement, isEveryAddress, isUnspecified, type EntryJudgement} from './entry-judgement.ts';
import type {NodeView} from './node-view.ts';
import {isOlderThanFile} from './pod-age.ts';
import {runtimeMapsNothing, writesToIptables} from './runtime-mapping.ts';
import {hasNodeIptables, hasPortmapHook, unreadTable, type PortMapping} from './port-mappings.ts';
import {precedingRules, type PrecedingRule, type PrecedingRules} from './preceding-rules.ts';
import {isDown} from './repairable-nodes.ts';
import {secondsOf} from './time.ts';
import {isTerminating} from '../terminating.ts';

/** Why a hostPort is in its state. */
export type HostPortReason =
	| 'wired'
	| 'not-running'
	| 'init-port'
	| 'sidecar-port'
	| 'not-observed'
	| 'rules-unread'
	| 'runtime-maps'
	| 'runtime-rule-gone'
	| 'no-rule'
	| 'no-hook'
	| 'not-reached'
	| 'shadowed'
	| 'two-builds'
	| 'preceded'
	| 'perhaps-preceded'
	| 'off-node'
	| 'other-family'
	| 'unspecified-rule'
	| EntryJudgement['reason'];

/** One hostPort of one pod, and what carries it. */
export type HostPortView = {
	readonly diagnosis: Omit<HostPortDiagnosis, 'reach' | 'answers'>;
	/** `default/web-abc:8080/TCP`. */
	readonly name: string;
	readonly pod: HostPortPod;
	readonly port: HostPortPod['ports'][number];
	readonly reason: HostPortReason;
	/** The mapping that catches its traffic, where it is shadowed. */
	readonly shadow: PortMapping | undefined;
	/** The rule of somebody else that has its traffic first, or perhaps, or a part of it. */
	readonly preceding: PrecedingRule | undefined;
	/** The mapping or the addresses of the entries that carry it, where it is wired. */
	readonly mapping: PortMapping | undefined;
	readonly entryAddresses: readonly string[];
	/** Addresses that should answer and that no entry serves. */
	readonly leftOut: readonly string[];
};

type Judgement = {state: HostPortDiagnosis['state']; by: string; reason: HostPortReason} & Partial<
	Pick<HostPortView, 'shadow' | 'preceding' | 'mapping' | 'entryAddresses' | 'leftOut'>
>;

/** Judges one hostPort by the service entries of its node, then by its portmap rules. */
export function hostPortView(pod: HostPortPod, port: HostPortPod['ports'][number], node: NodeView | undefined): HostPortView {
	const {state, by, reason, shadow, preceding, mapping, entryAddresses = [], leftOut = []} = judge(pod, port, node);
	const diagnosis: HostPortView['diagnosis'] = {
		namespace: pod.namespace,
		pod: pod.name,
		node: pod.node,
		hostIP: port.hostIP,
		hostPort: port.hostPort,
		containerPort: port.containerPort,
		protocol: port.protocol,
		owner: pod.owner,
		state,
		by,
	};
	return {diagnosis, name: hostPortName(diagnosis), pod, port, reason, shadow, preceding, mapping, entryAddresses, leftOut};
}

/** One line for a table: the node's own row has the whole reason. */
function whyNotObserved(node: NodeView | undefined): string {
	if (node === undefined) return 'the node was not asked';
	if (isDown(node)) return 'the node was not asked: Kubernetes reports it NotReady';
	if (node.skipped !== '') return `the node was not asked: ${node.skipped}`;
	return node.node.attempts.some(({ok}) => !ok) ? 'the node could not be read' : 'the node was not asked';
}

function judge(pod: HostPortPod, port: HostPortPod['ports'][number], node: NodeView | undefined): Judgement {
	if (pod.phase !== 'Running' || pod.podIPs.length === 0) {
		const trouble = pod.trouble === '' ? '' : `: ${pod.trouble}`;
		return {
			state: 'unwired',
			by: `the pod is ${pod.phase === 'Running' ? 'without an IP' : pod.phase || 'not running'}${trouble}`,
			reason: 'not-running',
		};
	}

	if (node?.observation === undefined) {
		return {state: 'unknown', by: whyNotObserved(node), reason: 'not-observed'};
	}

	// Entries and rules are the proof; what status or settings say of the path only tells which lack counts. While hostPort is off
	// there, entries carry nothing.
	const isOff = node.native.on === false && node.native.proved;
	const byEntry = isOff ? undefined : entryJudgement(pod, port, node);
	const isDoubted = node.native.on === false && releaseOf(node.version).entriesWithoutReplacement;
	if (byEntry?.state === 'wired' && !isDoubted) {
		return byEntry;
	}

	const byRule = ruleJudgement(pod, port, node);
	if (byEntry?.state === 'wired' && byRule.state !== 'wired') {
		const by = `${byEntry.by}; but hostPort is off in cilium-config, and this version creates entries even then: the agent's own setting was not read`;
		return {state: 'unknown', by, reason: 'entries-unread'};
	}

	// Whether eBPF has an entry for it (Cilium 1.12 and later: pkg/k8s/watchers/pod.go) makes no difference once the container has ended.
	if (byEntry?.state === 'unwired' && node.native.on === true && port.init && !isOfSidecar(pod, port, node)) {
		return {state: 'unwired', by: 'the port of an init container: nothing answers there once it has ended', reason: 'init-port'};
	}

	const judgement = byRule.state === 'wired' || node.native.on !== true || byEntry === undefined ? byRule : byEntry;
	// What carried a pod goes before the pod does.
	if (judgement.state === 'wired') return judgement;
	if (isTerminating(pod)) return {state: 'unwired', by: 'the pod is being removed', reason: 'not-running'};
	const family = familyOf(port.hostIP);
	return family === undefined || pod.podIPs.some(address => familyOf(address) === family)
		? judgement
		: {state: 'unwired', by: `hostIP ${port.hostIP} is IPv${family}, and the pod has no IPv${family} address`, reason: 'other-family'};
}

function ruleJudgement(pod: HostPortPod, port: HostPortPod['ports'][number], node: NodeView): Judgement {
	const samePort = node.mappings.filter(({hostPort, protocol}) => hostPort === port.hostPort && protocol === port.protocol.toUpperCase());
	const ours = samePort.filter(
		({targetIP, targetPort, hostIP}) => pod.podIPs.includes(targetIP) && targetPort === port.containerPort && takes(port.hostIP, hostIP),
	);
	const [reached, ...others] = ours.filter(({position}) => position !== undefined);
	if (reached !== undefined) {
		// A pod of both families has a rule in each: one that is caught is a fault.
		const shadow = samePort.find(other => !ours.includes(other) && [reached, ...others].some(own => comesBefore(other, own)));
		if (shadow !== undefined) {
			const by = `rule ${shadow.chain} comes before its own and leads to ${shadow.targetIP}`;
			return {state: 'unwired', by, reason: 'shadowed', shadow};
		}

		const rival = samePort.find(other => !ours.includes(other) && [reached, ...others].some(own => isInOtherBuild(other, own)));
		if (rival !== undefined) {
			const by = `the other build of iptables leads to ${rival.targetIP} (${rival.chain}, ${rival.build}); which of the two wins is not known`;
			return {state: 'unknown', by, reason: 'two-builds', mapping: reached};
		}

		// One in each family: portmap's other ones of the same family come behind.
		const inEach = [reached, ...others.filter(({family}) => family !== reached.family).slice(0, 1)];
		const before = inEach.map(mapping => ({mapping, rules: precedingRules(port, mapping, node)}));
		const taken = before.flatMap(({mapping, rules}) => precededBy(mapping, rules))[0];
		if (taken !== undefined) return taken;

		const local = node.observation?.localAddresses ?? undefined;
		if (local !== undefined && !isEveryAddress(port.hostIP) && !isOwn(port.hostIP, local)) {
			return {state: 'unwired', by: `rule ${reached.chain} is for ${port.hostIP}, which the node does not have`, reason: 'off-node'};
		}

		if (isUnspecified(reached.hostIP)) {
			return {state: 'unwired', by: `rule ${reached.chain} matches only packets to ${reached.hostIP}`, reason: 'unspecified-rule'};
		}

		const targets = [reached, ...others.filter(({chain}) => chain === reached.chain)].map(targetText);
		const by = `rule ${reached.chain} (${reached.build}) → ${[...new Set(targets)].join(', ')}`;
		// IPv6 has no route_localnet: the kernel drops what leaves for a pod from ::1 (portmap's README; packets beside 1.15.19 and 1.20.2).
		return port.hostIP === '::1'
			? {state: 'unwired', by: `${by}; but the kernel does not forward from ::1 to a pod`, reason: 'loopback-dead', mapping: reached}
			: {
					state: 'wired',
					by,
					reason: 'wired',
					mapping: reached,
					preceding: before.map(({rules}) => rules.partial).find(rule => rule !== undefined),
				};
	}

	if (ours[0] !== undefined) {
		return {state: 'unwired', by: `chain ${ours[0].chain} exists, but nothing jumps to it`, reason: 'not-reached'};
	}

	return missingRule(pod, port, node);
}

/** What becomes of a mapping that another's rule comes before, or may; empty where none takes all of its packets. */
function precededBy(mapping: PortMapping, {whole, beside, undecided}: PrecedingRules): Judgement[] {
	if (whole !== undefined) {
		const whose = whole.isAmongOwn ? 'its own' : mapping.by === 'portmap' ? "portmap's" : "the runtime's";
		const by = `a rule in ${whole.chain} before ${whose} ${whole.does}`;
		return [{state: 'unwired', by, reason: 'preceded', preceding: whole, mapping}];
	}

	if (beside !== undefined) {
		const by = `a rule of iptables-${beside.build} in ${beside.chain} ${beside.does}; which of the two tables is asked first is not known`;
		return [{state: 'unknown', by, reason: 'two-builds', preceding: beside, mapping}];
	}

	if (undecided === undefined) return [];
	const by = `a rule in ${undecided.chain} before its own ${undecided.does}; whether it matches the hostPort’s packets is not known`;
	return [{state: 'unknown', by, reason: 'perhaps-preceded', preceding: undecided, mapping}];
}

const targetText = ({family, targetIP, targetPort}: PortMapping): string => `${family === 6 ? `[${targetIP}]` : targetIP}:${targetPort}`;

function missingRule(pod: HostPortPod, port: HostPortPod['ports'][number], seen: NodeView): Judgement {
	const {rulesRead, observation, native, loaded, chained} = seen;
	// The kubelet hands CNI plugins the ports of ordinary containers only (kubelet, generatePodSandboxConfig).
	if (port.init && rulesRead) {
		return isOfSidecar(pod, port, seen)
			? {state: 'unwired', by: 'the port of a sidecar: the kubelet requests only the ports of ordinary containers', reason: 'sidecar-port'}
			: {state: 'unwired', by: 'the port of an init container: the kubelet requests no mapping for it', reason: 'init-port'};
	}

	if (seen.path === 'runtime') {
		return runtimeMapsNothing(seen)
			? {
					state: 'unwired',
					by: `CRI-O maps no hostPort (disable_hostport_mapping in ${observation?.runtime?.source ?? ''}) and passes none to portmap`,
					reason: 'no-rule',
				}
			: writesToIptables(seen)
				? {state: 'unwired', by: 'CRI-O maps hostPorts itself, and KUBE-HOSTPORTS has no rule for this one', reason: 'runtime-rule-gone'}
				: {state: 'unknown', by: 'CRI-O maps hostPorts itself, and no rule of it was seen for this one', reason: 'runtime-maps'};
	}

	// Without the rules there is one more proof: a list that was there before the pod and names no portmap made none for it.
	const started = secondsOf(pod.startedAt ?? pod.createdAt) ?? 0;
	if (chained === false && native.on === false && native.proved && loaded !== undefined && loaded.file.modified < started) {
		return {state: 'unwired', by: 'the CNI file named no portmap when the pod started', reason: 'no-rule'};
	}

	const isCut = [observation?.nat.nft, observation?.nat.legacy].some(table => table?.truncated === true);
	if (!rulesRead || isCut) {
		const why = observation?.cutOff === undefined ? 'the nat rules were not read' : `${observation.cutOff}, before its nat rules`;
		return {state: 'unknown', by: rulesRead ? 'there were too many rules to read' : why, reason: 'rules-unread'};
	}

	const unread = unreadTable(observation?.nat);
	if (unread !== '') return {state: 'unknown', by: `the nat rules were not all read: ${unread}`, reason: 'rules-unread'};
	if (native.on === undefined && (observation?.datapathEntries ?? observation?.serviceEntries ?? undefined) === undefined) {
		return {state: 'unknown', by: 'no portmap rule; whether Cilium serves it is not known', reason: 'entries-unread'};
	}

	// Since 1.6.0 portmap turns to nftables where the node has no iptables, and without nft that table is not seen. One hook in
	// iptables, a kubelet that uses it, a list without the capability, a binary that cannot run or a pod older than the list rule
	// this out.
	const isSettled =
		(observation?.nftables ?? null) !== null ||
		hasPortmapHook(observation?.nat) ||
		hasNodeIptables(observation?.nat) ||
		Boolean(loaded?.withoutPortMappings) ||
		seen.cannotStartPods ||
		isOlderThanFile(pod, seen);
	return chained !== true || isSettled
		? {
				state: 'unwired',
				by: native.on === false ? 'no portmap rule, and hostPort is off in Cilium' : 'no portmap rule and no service entry',
				reason: 'no-rule',
			}
		: {state: 'unknown', by: 'no portmap rule in iptables; whether portmap uses nftables here is not known', reason: 'no-hook'};
}

/**
 * An init container that runs as long as the pod: its spec says so, or, in evidence that does not hold it, a port of it answers though the
 * pod is ready. A port that an ordinary container has too proves nothing.
 */
function isOfSidecar(pod: HostPortPod, {init, sidecar, container}: HostPortPod['ports'][number], {observation}: NodeView): boolean {
	if (!init || sidecar !== undefined) return sidecar === true;
	const ordinary = new Set(pod.ports.filter(port => !port.init).map(port => port.containerPort));
	const own = pod.ports.filter(port => port.init && port.container === container && !ordinary.has(port.containerPort));
	return (
		pod.ready &&
		(observation?.probes ?? []).some(
			({address, port, answer}) =>
				answer === 'open' && pod.podIPs.includes(address) && own.some(({containerPort}) => containerPort === port),
		)
	);
}

/** All of 127.0.0.0/8 is the node's own, of which its tables name some. */
function isOwn(address: string, local: readonly string[]): boolean {
	return address.startsWith('127.') || local.includes(address);
}

function isInOtherBuild(other: PortMapping, own: PortMapping): boolean {
	const covers = other.hostIP === '' || other.hostIP === own.hostIP;
	return (
		other.build !== own.build && other.family === own.family && covers && other.position !== undefined && other.targetIP !== own.targetIP
	);
}

function comesBefore(other: PortMapping, own: PortMapping): boolean {
	const isSameTable = other.by === own.by && other.build === own.build && other.family === own.family;
	const covers = other.hostIP === '' || other.hostIP === own.hostIP;
	return isSameTable && covers && other.position !== undefined && other.position < (own.position ?? 0);
}

/** Whether a rule or entry for one address serves a pod that asked for another; empty and 0.0.0.0 stand for every address. */
function takes(asked: string, served: string): boolean {
	return isEveryAddress(asked) || isEveryAddress(served) || asked === served;
}

/** Whether a hostPort should answer now: its pod runs, and it is not the port of an init container. */
export function isExpected({reason}: HostPortView): boolean {
	return reason !== 'not-running' && reason !== 'init-port';
}

/** Its pod is on the way out: what is still to be seen of it is no fault of tomorrow. */
export function isLeaving({pod}: HostPortView): boolean {
	return isTerminating(pod);
}

/** Wired, but not for packets that the node itself sends. */
export function isNotFromNode({diagnosis, mapping}: HostPortView): boolean {
	return diagnosis.state === 'wired' && mapping?.fromNode === false;
}
