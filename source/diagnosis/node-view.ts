import type {Settings} from '../cilium/keys.ts';
import {autoDisabling} from '../cilium/log-lines.ts';
import {isInvalid, loadedFile, type LoadedFile} from '../cilium/loaded-file.ts';
import {isMultus} from '../cilium/multus.ts';
import {nativeHostPort, type NativeHostPort} from '../cilium/native-host-port.ts';
import type {AgentStatus, ConfigurationFile, Evidence, NodeEvidence, Observation} from '../evidence/evidence.ts';
import {isOlderThanConfiguration} from './agent-age.ts';
import {askedBy} from './asked-path.ts';
import type {HostPortServer} from './diagnosis.ts';
import type {EffectiveSettings, Override} from './effective-settings.ts';
import {hostPortEntries} from './host-port-entries.ts';
import {missingPlugins} from './missing-plugins.ts';
import {isReadByMultus, otherFolder, type OtherFolder} from './other-folder.ts';
import {portMappings, tables, type PortMapping} from './port-mappings.ts';
import {portmapBinary, stopsPods, type PortmapBinary} from './portmap-binary.ts';
import {portmapFailure, type PortmapFailure} from './portmap-failure.ts';
import {runtimeMapping} from './runtime-mapping.ts';
import type {SandboxEvent} from './sandbox-events.ts';
import {releaseOf} from '../cilium/releases.ts';
import {isVersion} from '../cilium/version.ts';
import {virtualKind} from '../cilium/virtual-nodes.ts';

/** What a node is for hostPort, put together from everything that was seen of it. */
export type NodeView = {
	readonly name: string;
	readonly node: NodeEvidence;
	/** Why the node is skipped, empty if it is not. */
	readonly skipped: string;
	/** Cilium's version on this node: the agent's own word, else its image, else the DaemonSet's. */
	readonly version: string;
	readonly observation: Observation | undefined;
	readonly status: AgentStatus | undefined;
	/** cilium-config alone, and with what wins over it. */
	readonly configured: Settings | undefined;
	readonly settings: Settings | undefined;
	readonly overrides: readonly Override[];
	/** The way that the settings ask for; `unknown` where they leave it open, such as with a CNI file of the user's own. */
	readonly asked: HostPortServer | 'unknown';
	readonly loaded: LoadedFile<ConfigurationFile> | undefined;
	/** Proved: the runtime reads another folder than the one that Cilium writes its file into; that file is not loaded then. */
	readonly otherFolder: OtherFolder | undefined;
	/** Whether the runtime calls portmap by the loaded file; undefined where that was not seen. */
	readonly chained: boolean | undefined;
	/** Proved: the folder holds nothing that the runtime loads, so no pod starts or stops. */
	readonly withoutConfiguration: boolean;
	readonly binary: PortmapBinary;
	/** Proved: the runtime wants portmap and cannot call it, so no pod starts or stops. */
	readonly cannotStartPods: boolean;
	/** Proved: the runtime calls portmap, and portmap itself fails. */
	readonly portmapFailure: PortmapFailure | undefined;
	/** Proved: other plugins that the runtime wants and cannot find, to the same effect. */
	readonly missingPlugins: readonly string[];
	/** Whether hostPort is on by eBPF. `proved`: the agent says so; else it follows from the settings. */
	readonly native: {readonly on: boolean | undefined; readonly proved: boolean; readonly byKeys: NativeHostPort | undefined};
	/** The agent has only just started: its status has no feature list yet, and entries may still come or be left from before. */
	readonly isStarting: boolean;
	/** The way that is live on the node. `proved`: by the node itself; else it follows from the settings. */
	readonly path: HostPortServer | 'unknown';
	readonly proved: boolean;
	readonly mappings: readonly PortMapping[];
	readonly rulesRead: boolean;
	/** The agent's pod started before cilium-config last changed; undefined where a time is lacking. */
	readonly agentIsOlder: boolean | undefined;
	/** Sandbox events of the node that nothing refutes, newest first. */
	readonly events: readonly SandboxEvent[];
};

/** Puts one node together, from what its agent should run with and the sandbox events that still count. */
export function nodeView(
	node: NodeEvidence,
	cilium: Evidence['cilium'],
	effective: EffectiveSettings,
	events: readonly SandboxEvent[],
): NodeView {
	const observation = node.observation ?? undefined;
	const status = observation?.agentStatus ?? undefined;
	const version = status?.version || cilium?.version || '';
	const mappings = portMappings(observation);
	const folder = observation?.configurationFolder;
	// In a folder of Multus' own the network that CRI-O is told to use is Multus itself.
	const network = isReadByMultus(folder?.host) ? '' : observation?.runtime?.network;
	const first = folder ? loadedFile(folder.files, network) : undefined;
	const words = [
		...(node.ready === false ? [node.readyMessage] : []),
		...events.filter(({isOfThePast}) => !isOfThePast).map(({message}) => message),
	];
	const elsewhere = otherFolder(observation, first, mappings, words);
	const loaded = elsewhere === undefined ? first : undefined;
	const chained = elsewhere === undefined ? chainedBy(loaded, observation) : undefined;
	const binary = portmapBinary(
		node,
		events.find(({missingPlugin, cannotRun}) => missingPlugin === 'portmap' || cannotRun !== ''),
	);
	const isOlder = isOlderThanConfiguration(node.agent, cilium?.configMap);
	const native = nativeOf({
		version,
		status,
		byKeys: effective.settings && nativeHostPort(version, effective.settings),
		observation,
		isOlder,
	});
	const asked = askedBy(version, effective.settings);
	const cannotStartPods = chained !== false && stopsPods(binary) && (chained === true || binary.seenBy === 'event');
	return {
		name: node.name,
		node,
		skipped: skippedBecause(node),
		version,
		observation,
		status,
		...effective,
		asked,
		loaded,
		chained,
		otherFolder: elsewhere,
		withoutConfiguration: Boolean(observation?.configurationFolder) && first === undefined && elsewhere === undefined,
		binary,
		cannotStartPods,
		portmapFailure:
			chained === false || cannotStartPods || isInvalid(loaded?.problem ?? '') ? undefined : portmapFailure(events, loaded, binary),
		missingPlugins: missingPlugins(node, loaded, binary, events),
		native,
		isStarting: status !== undefined && !hasFeatures(status, version) && !isVersion(version, '<1.9.0'),
		...livePath({chained, cannotStartPods, native, asked, mapping: runtimeMapping({node, observation, mappings, chained})}),
		mappings,
		rulesRead: tables(observation?.nat).length > 0,
		agentIsOlder: isOlder,
		events,
	};
}

function chainedBy(loaded: LoadedFile | undefined, observation: Observation | undefined): boolean | undefined {
	if (loaded === undefined) {
		// A folder that was seen and holds no configuration chains nothing.
		return observation?.configurationFolder ? false : undefined;
	}

	if (loaded.problem !== '') {
		return undefined;
	}

	// Multus calls another network; where its own file does not hold that one's list, it was not seen.
	const isOpen = isMultus(loaded.plugins.at(-1));
	return isOpen ? undefined : loaded.plugins.includes('portmap');
}

function nativeOf({
	version,
	status,
	byKeys,
	observation,
	isOlder,
}: Pick<NodeView, 'version' | 'status' | 'observation'> & {
	byKeys: NativeHostPort | undefined;
	isOlder: boolean | undefined;
}): NodeView['native'] {
	if (status !== undefined && hasFeatures(status, version)) {
		return {on: status.hostPortEnabled, proved: true, byKeys};
	}

	// The line has one cause only: effective kube-proxy-replacement is `disabled` (facts 0.1).
	if (observation?.agentLog.some(line => autoDisabling.test(line))) {
		return {on: false, proved: true, byKeys};
	}

	// The status has no feature list yet (the agent has just started), or none at all (up to 1.8): entries are made where it is on.
	const hasEntries = (hostPortEntries(observation) ?? []).some(({type}) => type === 'HostPort');
	if (hasEntries && (byKeys?.state === 'on' || !releaseOf(version).entriesWithoutReplacement)) {
		return {on: true, proved: true, byKeys};
	}

	// An agent younger than the last change runs with what cilium-config says: that it serves nothing then needs no status.
	const isProvedOff = byKeys?.state === 'off' && observation !== undefined && isOlder === false;
	return {on: byKeys === undefined || byKeys.state === 'unknown' ? undefined : byKeys.state === 'on', proved: isProvedOff, byKeys};
}

/** The feature list is in the status since 1.9 (facts, section 4) once the agent's probes have run; else its absence says nothing. */
function hasFeatures({hostPortEnabled, kubeProxyReplacement}: AgentStatus, version: string): boolean {
	return hostPortEnabled || (kubeProxyReplacement !== '' && !isVersion(version, '<1.9.0'));
}

function livePath({
	chained,
	cannotStartPods,
	native,
	asked,
	mapping,
}: Pick<NodeView, 'chained' | 'cannotStartPods' | 'native' | 'asked'> & {
	mapping: ReturnType<typeof runtimeMapping>;
}): Pick<NodeView, 'path' | 'proved'> {
	if (native.on === true && native.proved) {
		return {path: 'native', proved: true};
	}

	if (cannotStartPods) {
		return {path: 'none', proved: true};
	}

	if (mapping !== undefined) {
		return {path: 'runtime', proved: mapping.proved};
	}

	if (chained === true) {
		return {path: 'portmap', proved: true};
	}

	if (chained === false) {
		return native.on === false ? {path: 'none', proved: native.proved} : {path: native.on === true ? 'native' : 'unknown', proved: false};
	}

	return {path: asked === 'native' && native.proved ? 'unknown' : asked, proved: false};
}

function skippedBecause({skipped, os, labels, taints}: NodeEvidence): string {
	if (skipped !== '') {
		return skipped;
	}

	if (os !== '' && os !== 'linux') {
		return `a ${os} node: Cilium and portmap do not serve it`;
	}

	if (virtualKind(labels, taints) !== '') {
		return 'a virtual node: it has no host whose port could be mapped';
	}

	return '';
}
