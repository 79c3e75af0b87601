import {byFixOrHand} from '../by-fix-or-hand.ts';
import type {Proof} from '../diagnosis.ts';
import {portmapStops} from '../failing-starts.ts';
import {finding, type Found, notWiredOn} from '../finding.ts';
import type {NodeView} from '../node-view.ts';
import {providerOf} from '../ownership.ts';
import {isProvedByPods} from '../proved-by-pods.ts';
import {wantsPortmap} from '../pathless.ts';
import {stopsPods, type PortmapBinary} from '../portmap-binary.ts';
import {configMapProofs, loadedFileProofs} from '../proofs.ts';
import {timeOf} from '../time.ts';
import {selinuxDenial} from '../selinux.ts';
import type {View} from '../view.ts';
import {alike, consequence, nodesInTitle} from '../wording.ts';
import {defineCause} from './cause.ts';

/** The CNI file names portmap and the runtime cannot call it: no pod starts or stops there, with or without a hostPort. */
export const hp02 = defineCause({
	code: 'HP02',
	title: 'The CNI file names portmap and the node cannot run it',
	meaning:
		'If the CNI file names portmap and the folder that the runtime searches has no working binary, every pod that is not on the host network fails to start and to stop, even without a hostPort. No Cilium image contains portmap.',
	proof: [
		'event `failed to find plugin "portmap" in path [...]`: the list in it is the folders that the runtime searched',
		'listing of that folder: portmap is missing, a folder, a dangling link, not executable, not a program, or its ELF header names another architecture',
		'`CNI_COMMAND=VERSION portmap` ends by a signal or without a plugin’s answer; other failures inside a pod are only likely ones, until an event, a look on the node itself or a pod that did start decides',
	],
	toldApart: ['HP01: there pods start and only the port is dead', 'HP24: there the event names another plugin'],
	cure: [
		'Install portmap in the folder that the event names, mode 0755, and run it once. Pods then start by themselves.',
		'Nodes that join later need it too: the node image, the init script or a small DaemonSet (`kubectl hostport manifest`).',
		'To roll back, change the CNI file first and remove the binary last or never: pods also need it to stop.',
	],
	falseLeads: [
		'A file in place proves nothing: a wrong architecture, its mode, a noexec mount or another folder in the runtime’s configuration stop it just the same.',
	],
	sources: [
		'kubernetes/kops#18588',
		'cilium/cilium#41300',
		'cilium/cilium#15508',
		'flannel-io/flannel#1730',
		'nutanix-cloud-native/cluster-api-runtime-extensions-nutanix#1340',
	],
	find: view => [...stopped(view), ...unfound(view), ...waiting(view), ...doubtful(view)],
});

function stopped(view: View): Found[] {
	const nodes = view.judged.filter(node => node.cannotStartPods && node.binary.state !== 'unfound' && selinuxDenial(node) === undefined);
	return finding({
		severity: 'error',
		nodes,
		hostPorts: notWiredOn(view, nodes),
		title: `no pod can start or stop on ${nodesInTitle(nodes)}: the CNI file names ${lack(nodes)}`,
		because: [
			...loadedFileProofs(nodes),
			...binaryProofs(nodes),
			...eventProofs(nodes),
			...configMapProofs(view, ['cni-chaining-mode']),
			...consequence(notWiredOn(view, nodes)),
		],
		...byFixOrHand(
			view,
			`Run kubectl hostport fix: it installs a working portmap in ${folders(nodes)} on each of these nodes. ${afterwards}`,
			`Install a working portmap in ${folders(nodes)} on each of these nodes, best by the node image. ${afterwards}`,
		),
		verdict: portmapStops,
	});
}

/** The file is where the runtime says that it searched, and has been there since before: the runtime sees another folder of that name. */
function unfound(view: View): Found[] {
	const nodes = view.judged.filter(node => node.cannotStartPods && node.binary.state === 'unfound' && selinuxDenial(node) === undefined);
	return finding({
		severity: 'error',
		nodes,
		hostPorts: notWiredOn(view, nodes),
		title: `no pod can start or stop on ${nodesInTitle(nodes)}: the CNI file names ${lack(nodes)}`,
		because: [...loadedFileProofs(nodes), ...binaryProofs(nodes), ...eventProofs(nodes), ...consequence(notWiredOn(view, nodes))],
		remedy: `Restart the container runtime on these nodes. If it stays, the runtime has mounts of its own (a container, a snap): look at ${folders(nodes)} as it sees it (nsenter --mount --target PID ls -l), and install portmap there.`,
		verdict: portmapStops,
	});
}

/** cilium-config already asks for portmap, but the agents have not written it into the file: their next start stops the node. */
function waiting(view: View): Found[] {
	const nodes = view.judged.filter(node => !node.cannotStartPods && node.chained === false && wantsPortmap(node) && stopsPods(node.binary));
	return finding({
		severity: 'warning',
		nodes,
		title: `no pod can start on ${nodesInTitle(nodes)} after an agent restart: ${lack(nodes).replace(', which', '')}`,
		because: [...configMapProofs(view, ['cni-chaining-mode']), ...loadedFileProofs(nodes), ...binaryProofs(nodes)],
		...byFixOrHand(
			view,
			`Do not restart the agents before portmap is in ${folders(nodes)}: kubectl hostport fix does it in that order.`,
			`Do not restart the agents before a working portmap is in ${folders(nodes)} on each of these nodes.`,
		),
	});
}

/** portmap did not run from inside a pod, or was not seen whole, and no pod shows that the node can run it: likely, not proved. */
function doubtful(view: View): Found[] {
	const nodes = view.judged.filter(node => node.chained === true && node.binary.state === 'doubtful' && !isProvedByPods(view, node));
	return finding({
		severity: 'warning',
		nodes,
		title: `portmap may not run on ${nodesInTitle(nodes)}, and pods may not start: the CNI file names it`,
		because: [...loadedFileProofs(nodes), ...binaryProofs(nodes)],
		remedy: 'Run check again with --via pod or --via ssh, which run it as the node does, or see whether new pods start there.',
		repairable: providerOf(view) === '',
		verdict: ({binary}) => ({verdict: 'unknown', reason: `whether new pods start: ${binary.says}`}),
	});
}

const afterwards = 'Pods then start by themselves; older pods with a hostPort have to restart.';

const lacks: Partial<Record<PortmapBinary['state'], string>> = {
	missing: 'portmap, which is missing',
	'not-executable': 'portmap, which is not executable',
	'wrong-architecture': 'portmap for another architecture',
	fails: 'portmap, which does not run',
	elsewhere: 'portmap, which is in another folder',
	unfound: 'portmap, which the runtime does not find',
};

/** What is wrong with the binary, in the words of a title: the one fault where all nodes share it. */
function lack(nodes: readonly NodeView[]): string {
	const [state, ...others] = new Set(nodes.map(({binary}) => binary.state));
	const words = state === undefined || others.length > 0 ? undefined : lacks[state];
	return words ?? 'portmap, which the runtime cannot run';
}

function folders(nodes: readonly NodeView[]): string {
	const names = [...new Set(nodes.map(({binary}) => binary.folder))].filter(folder => folder !== '').sort();
	return names.join(' and ') || 'the folder of CNI binaries';
}

function binaryProofs(nodes: readonly NodeView[]): Proof[] {
	return alike(nodes, ({binary, observation}) =>
		binary.seenBy === 'listing' ? {source: observation?.binaryFolder?.host ?? binary.folder, says: binary.says} : undefined,
	);
}

/** The runtime's own words, from the newest event: they also name the folder that it searched. */
function eventProofs(nodes: readonly NodeView[]): Proof[] {
	return nodes
		.flatMap(({events}) => events.filter(({missingPlugin, cannotRun}) => missingPlugin === 'portmap' || cannotRun !== '').slice(0, 1))
		.slice(0, 3)
		.map(({object, node, missingPlugin, searched, cannotRun, moment, lastSeen}) => ({
			source: `event of ${object} on ${node}${lastSeen === undefined ? '' : `, ${timeOf(lastSeen)}`}`,
			says:
				missingPlugin === ''
					? `portmap could not be run: ${cannotRun}`
					: `failed to find plugin "portmap" in path [${searched.join(' ')}], on ${moment === 'kill' ? 'stopping' : 'starting'} a pod`,
		}));
}
