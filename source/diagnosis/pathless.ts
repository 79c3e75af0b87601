import {chainingModeOf, isTrue} from '../cilium/keys.ts';
import {isInvalid} from '../cilium/loaded-file.ts';
import {saysNoNetwork} from '../cilium/runtime-network.ts';
import {askedBy} from './asked-path.ts';
import type {Proof} from './diagnosis.ts';
import {finding, type Found, notWiredOn} from './finding.ts';
import {hiddenFile, isForeignFile} from './foreign-file.ts';
import type {NodeView} from './node-view.ts';
import {ownerOf, repairHint} from './ownership.ts';
import {
	configMapProofs,
	disagreementProofs,
	falseLeadProofs,
	loadedFileProofs,
	optionProofs,
	overrideProofs,
	ruleProofs,
	statusProofs,
} from './proofs.ts';
import {isBefore} from './time.ts';
import type {View} from './view.ts';
import {nodesInTitle} from './wording.ts';
import {count} from '../words.ts';

/** Each is one cause’s. */
export type PathlessReason = 'neither' | 'half-on' | 'not-taken' | 'other-file' | 'overridden' | 'upgraded-away';

/**
 * Why a node has neither way, as one reason: exactly one, so that a root is never listed beside its consequence.
 * Undefined where the node serves hostPorts, where it is not known, where portmap’s binary explains it, and where the CNI folder itself does.
 */
export function pathlessReason(view: View, node: NodeView): PathlessReason | undefined {
	if (node.skipped !== '' || node.path !== 'none' || node.cannotStartPods || node.withoutConfiguration || isUnreadable(node)) {
		return undefined;
	}

	if (node.settings === undefined) {
		return 'neither';
	}

	if (
		chainsPortmap(node) &&
		(isForeignFile(node) || hiddenFile(node) !== undefined || customConflistKey(node) !== undefined || unwritten(node) !== undefined)
	) {
		return 'other-file';
	}

	if (isNotTakenAsWritten(node)) {
		return 'not-taken';
	}

	if (node.asked === 'portmap' || node.asked === 'native') {
		// An agent that has not come up yet has not written its file either: that is no sign of an override.
		return node.agentIsOlder === false && node.node.agent?.ready === true ? 'overridden' : 'not-taken';
	}

	const configured = askedBy(node.version, node.configured);
	if (configured === 'portmap' || configured === 'native') {
		return 'overridden';
	}

	const because = node.native.byKeys?.because;
	if (because === 'keys-removed') {
		return 'upgraded-away';
	}

	if (because === 'node-port-missing' || isHalfOnBeyondItsTime(node)) {
		return 'half-on';
	}

	return wasChained(view, node) ? 'overridden' : 'neither';
}

/** The key because of which Cilium makes no list of its own; undefined where it does. */
export function customConflistKey({settings = {}}: NodeView): 'custom-cni-conf' | 'read-cni-conf' | undefined {
	if (isTrue(settings['custom-cni-conf'])) return 'custom-cni-conf';
	return settings['read-cni-conf'] ? 'read-cni-conf' : undefined;
}

/** Why the agent could not write its file, in its own words; undefined where it did, or does not tell. */
export function unwritten({status, chained}: NodeView): string | undefined {
	const said = status?.cniFile ?? '';
	return chained === false && /fail|denied|read-only|no space/i.test(said) ? said : undefined;
}

/** A first file that is no CNI configuration. */
export function isUnreadable({loaded}: NodeView): boolean {
	return loaded !== undefined && isInvalid(loaded.problem);
}

/** Such a file, and it is known that no pod starts because of it: by containerd's way, by portmap's own, or by a node that says so itself. */
export function isRefused(node: NodeView): boolean {
	return (
		isUnreadable(node) &&
		(node.node.ready === false ||
			node.loaded?.problem === 'portmap-first' ||
			(node.node.containerRuntime.startsWith('containerd://') && node.loaded?.file.content !== ''))
	);
}

/** The node is not Ready, and says that its runtime has no network for pods. */
export function isUnreadyForNetwork({node: {ready, readyMessage}}: NodeView): boolean {
	return ready === false && saysNoNetwork(readyMessage);
}

/** The node says that its runtime has no network for pods, and none of what stops pods was seen there. */
export function isWithoutNetwork(node: NodeView): boolean {
	const isExplained =
		node.withoutConfiguration ||
		node.otherFolder !== undefined ||
		node.cannotStartPods ||
		node.missingPlugins.length > 0 ||
		isUnreadable(node) ||
		node.node.agent?.ready === false;
	return isUnreadyForNetwork(node) && !isExplained;
}

/** The mode in capital letters, which the agent of this version does not take for portmap. */
export function isNotTakenAsWritten({settings, version}: NodeView): boolean {
	const mode = chainingModeOf(version, settings ?? {});
	return mode !== 'portmap' && mode.toLowerCase() === 'portmap';
}

/** Whether somebody wants portmap chained, whether or not the agent takes it as it is written. */
export function wantsPortmap(node: NodeView): boolean {
	return node.asked === 'portmap' || isNotTakenAsWritten(node);
}

/** Whether Cilium's own file calls portmap at the agent's next write, whatever else serves hostPorts. */
export function chainsPortmap(node: NodeView): boolean {
	return wantsPortmap(node) || chainingModeOf(node.version, node.settings ?? {}) === 'portmap';
}

/**
 * cilium-config asks for neither way, and the switch was on before. Rules that Cilium's own chained list made show it: one that a
 * pod lives on, or any where somebody else than a person writes the ConfigMap. So does the mode written as `none` by hand there:
 * a chart leaves the key out.
 */
function wasChained(view: View, node: NodeView): boolean {
	const made = node.mappings.filter(({network}) => network === 'portmap');
	const owner = ownerOf(view);
	const isManaged = owner !== undefined && owner.kind !== 'provider';
	return (
		(made.length > 0 && (isManaged || view.hostPortsOf(node).some(({mapping}) => mapping?.network === 'portmap'))) ||
		(isManaged && putBackBy(view) !== undefined)
	);
}

/** `partial` where this version should not take it, and the agent says that it runs with it: then the lacking key decides there too. */
function isHalfOnBeyondItsTime({native, settings, status}: NodeView): boolean {
	return (
		native.byKeys?.because === 'value-not-taken' &&
		status?.kubeProxyReplacement === 'partial' &&
		isTrue(settings?.['enable-host-port']) &&
		!isTrue(settings?.['enable-node-port'])
	);
}

/** Who wrote `cni-chaining-mode: none` into cilium-config after it was made; undefined where nobody did. */
export function putBackBy({evidence}: Pick<View, 'evidence'>): {readonly manager: string; readonly time: string} | undefined {
	const configMap = evidence.cilium?.configMap;
	if (configMap?.data['cni-chaining-mode']?.trim() !== 'none') {
		return undefined;
	}

	const writer = configMap.managers.find(({keys, time}) => keys.includes('cni-chaining-mode') && isBefore(configMap.createdAt, time));
	return writer && {manager: writer.manager, time: writer.time ?? ''};
}

type PathlessWords = {
	/** What is wrong, without the nodes: `kube-proxy replacement is off and portmap is not chained`. */
	readonly what: string;
	readonly remedy: string;
	readonly repairable: boolean;
	/** Lines of proof of this cause alone; they come first. */
	readonly because?: readonly Proof[];
};

/** The finding of one cause over all nodes that have it: proved ones where there are any, else the likely ones as a warning. */
export function pathlessFinding(view: View, reason: PathlessReason, words: (nodes: readonly NodeView[]) => PathlessWords): Found[] {
	if (view.evidence.cilium === null) {
		return [];
	}

	const all = view.judged.filter(node => pathlessReason(view, node) === reason);
	const proved = all.filter(node => node.proved);
	const nodes = proved.length > 0 ? proved : all;
	if (nodes.length === 0) {
		return [];
	}

	const {what, remedy, repairable, because = []} = words(nodes);
	const dead = notWiredOn(view, nodes);
	const isProvedDead = proved.length > 0 && dead.some(({diagnosis}) => diagnosis.state === 'unwired');
	const where = nodesInTitle(nodes);
	const likely = all.length - proved.length;
	const advice = view.repairAdvice();
	// What `fix` refuses no remedy promises.
	const isRefused = repairable && !advice.repairable;
	return finding({
		severity: view.hostPorts.length === 0 ? 'info' : isProvedDead ? 'error' : 'warning',
		nodes,
		hostPorts: dead,
		title: titleOf(view, {nodes, where, what}),
		because: [
			...because,
			...doubtProofs(nodes),
			...configMapProofs(view),
			...overrideProofs(nodes),
			...statusProofs(nodes),
			...optionProofs(nodes),
			...disagreementProofs(nodes),
			...loadedFileProofs(nodes),
			...ruleProofs(nodes),
			...falseLeadProofs(nodes),
			...(proved.length > 0 && likely > 0 ? [notAsked(likely)] : []),
		],
		remedy: isRefused ? advice.remedy : `${remedy}${repairHint(view, advice.repairable)}`,
		repairable: repairable && advice.repairable,
	});
}

function titleOf(view: View, {nodes, where, what}: {nodes: readonly NodeView[]; where: string; what: string}): string {
	const isCarried = nodes.flatMap(node => view.hostPortsOf(node)).some(({diagnosis}) => diagnosis.state === 'wired');
	const likely = doubtAbout(nodes) === '' ? '' : 'likely ';
	const served = view.hostPorts.length === 0 ? `hostPort ${likely}would not work` : `hostPort ${likely || 'is '}not served`;
	return `${isCarried ? `new pods ${likely}get no hostPort` : served} on ${where}: ${what}`;
}

/** Why the cause is only likely; empty where a node proves it. */
function doubtAbout(nodes: readonly NodeView[]): string {
	if (nodes.some(({proved}) => proved)) return '';
	return nodes.every(({observation}) => observation === undefined) ? 'no node was read' : 'not everything could be read there';
}

function notAsked(number: number): Proof {
	return {
		source: 'nodes that were not asked',
		says: `${count(number, 'more node')} probably with the same cause, judging by cilium-config alone`,
	};
}

function doubtProofs(nodes: readonly NodeView[]): Proof[] {
	const says = doubtAbout(nodes);
	return says === '' ? [] : [{source: nodesInTitle(nodes), says: `${says}, so this cause is only likely`}];
}
