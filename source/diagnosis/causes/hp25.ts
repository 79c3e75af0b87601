import {ofCluster} from '../finding.ts';
import {guardsNewNodes, idleKeepers} from '../new-nodes.ts';
import type {NodeView} from '../node-view.ts';
import {configMapName} from '../proofs.ts';
import type {View} from '../view.ts';
import {alike, nodesInTitle} from '../wording.ts';
import {count} from '../../words.ts';
import {defineCause} from './cause.ts';

/** Later than this after a node joined, a file was put there by somebody and not by what set the node up. */
const setUpSeconds = 600;
/**
 * Where all nodes joined together nobody has seen yet what a later one gets, and what was put there by hand soon after would pass
 * for set up: there the file has to be as old as what a node brings along, give or take clocks that differ.
 */
const bootSeconds = 60;
/** The field manager of `fix` (repair/steps/patch-configmap.ts). */
const fieldManager = 'kubectl-hostport';

/** portmap serves hostPort, somebody put it on the nodes by hand, and nothing will put it on the next node. */
export const hp25 = defineCause({
	code: 'HP25',
	title: 'A new node will not have portmap',
	meaning:
		'portmap serves hostPort, and it was installed on the nodes after they joined. cilium-config belongs to the cluster and the binary to the node: the next node that joins gets a CNI config that names portmap but has no such binary, so no pod starts there.',
	proof: [
		'hostPorts are served by portmap',
		'the binary was written more than a minute after its node joined; ten minutes if nodes joined at different times',
		'no DaemonSet `kubectl-hostport-portmap` keeps it (one that is ready nowhere does not), and no node that joined since had it',
	],
	toldApart: ['HP02: there the node has joined and is already broken'],
	cure: [
		'`kubectl hostport fix --daemonset` installs a DaemonSet that keeps it on every node, including new ones; `manifest daemonset` prints it.',
		'`kubectl hostport manifest init-script` installs it before the node joins, if node pools support an init script.',
		'Or build it into the node image.',
	],
	falseLeads: ['That all current nodes work says nothing about the next one.'],
	sources: ['nutanix-cloud-native/cluster-api-runtime-extensions-nutanix#1340', 'kubernetes/kops#18588'],
	ofTomorrow: true,
	explains: () => false,
	find(view) {
		if (view.path !== 'portmap' || guardsNewNodes(view.evidence)) return [];
		const nodes = view.judged.filter(({path, binary}) => path === 'portmap' && binary.file !== undefined);
		const isRepaired = isOurRepair(view);
		const tolerance = isRepaired ? 0 : joinedTogether(nodes) ? bootSeconds : setUpSeconds;
		const later = nodes.filter(node => isPutLater(node, tolerance));
		const idle = idleKeepers(view.evidence);
		if (later.length === 0 || hasReachedNewNodes(nodes, later)) return [];
		return ofCluster({
			// The nodes of today are well: it is about those to come, and no fault of this hour.
			severity: 'info',
			title: `no pod will start on a new node: portmap was installed on ${nodesInTitle(later)} after joining`,
			because: [
				...alike(later, node => ({
					source: `${node.binary.folder}/portmap`,
					says: `written ${text(node.binary.file?.modified ?? 0)}, the node joined ${node.node.createdAt ?? ''}`,
				})),
				...(nodes.length > later.length
					? [{source: 'other nodes', says: `${count(nodes.length - later.length, 'node')} had it when they joined`}]
					: []),
				...(isRepaired ? [{source: configMapName(view), says: 'cni-chaining-mode was set by kubectl-hostport'}] : []),
				...(idle.length > 0
					? idle.map(({name, desired, ready}) => ({
							source: `daemonset ${name}`,
							says: desired === 0 ? 'it fits no node' : `ready on ${ready} of ${count(desired, 'node')}: it installs portmap nowhere`,
						}))
					: [{source: 'DaemonSets', says: 'no kubectl-hostport-portmap in any namespace that could be read'}]),
			],
			remedy: `${idle.map(remedyOf).join('')}Install portmap on each new node: kubectl hostport fix --daemonset, or manifest init-script for the node pool. Nothing to do if your node image has it by now.`,
			repairable: true,
		});
	},
});

function remedyOf({name}: View['evidence']['portmapKeepers'][number]): string {
	const [namespace = ''] = name.split('/');
	return `Find out why ${name} does not become ready: kubectl -n ${namespace} describe pods -l app.kubernetes.io/name=kubectl-hostport-portmap, and their logs. `;
}

/** Where this program chained portmap it put the binary too: what is younger than the node then came by no node pool. */
function isOurRepair({evidence}: View): boolean {
	const managers = evidence.cilium?.configMap?.managers ?? [];
	return managers.some(({manager, keys}) => manager === fieldManager && keys.includes('cni-chaining-mode'));
}

/** A node that joined after the last of them was mended had it when it joined: by now an init script or the image brings it. */
function hasReachedNewNodes(nodes: readonly NodeView[], later: readonly NodeView[]): boolean {
	const last = Math.max(...later.map(({binary}) => binary.file?.modified ?? 0));
	return nodes.some(node => !later.includes(node) && Date.parse(node.node.createdAt ?? '') > last * 1000);
}

function joinedTogether(nodes: readonly NodeView[]): boolean {
	const joins = nodes.map(({node}) => Date.parse(node.createdAt ?? '')).filter(time => !Number.isNaN(time));
	return Math.max(...joins) - Math.min(...joins) <= setUpSeconds * 1000;
}

function isPutLater({binary, node}: NodeView, toleranceSeconds: number): boolean {
	const joined = Date.parse(node.createdAt ?? '');
	return (binary.file?.modified ?? 0) * 1000 > joined + toleranceSeconds * 1000;
}

function text(seconds: number): string {
	const date = new Date(seconds * 1000);
	return Number.isNaN(date.getTime()) ? 'at an unknown time' : date.toISOString().replace('.000Z', 'Z');
}
