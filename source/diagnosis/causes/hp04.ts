import {byFixOrHand} from '../by-fix-or-hand.ts';
import {finding} from '../finding.ts';
import type {HostPortView} from '../host-port-view.ts';
import type {NodeView} from '../node-view.ts';
import {loadedFileProofs, ruleProofs} from '../proofs.ts';
import {isFromBefore} from '../pod-age.ts';
import {timeOf} from '../time.ts';
import type {View} from '../view.ts';
import {nodesInTitle} from '../wording.ts';
import {count} from '../../words.ts';
import {defineCause} from './cause.ts';

/** Chaining works, but the pod is older than it: portmap makes rules only when a pod's sandbox is made. */
export const hp04 = defineCause({
	code: 'HP04',
	title: 'The pod is older than the CNI file that names portmap',
	meaning:
		'portmap makes its rules when a pod’s sandbox is created. A pod from before the change has none and gets none until it restarts.',
	proof: [
		'no `CNI-DN` rule leads to the pod',
		'the pod started before the CNI file was written, or before another file came or went in its folder',
		'surest, over SSH: the runtime’s CNI cache has no mapping for the pod’s sandbox',
		'portmap is chained and its binary is there',
	],
	toldApart: ['HP08: there the pod is newer than the file, so its rules did exist'],
	cure: ['Restart the pod: delete it, and its owner creates it again.'],
	falseLeads: ['Restarting the container or the agent makes no rules: only a new pod sandbox does.'],
	sources: ['Cilium docs: "will not apply to any pod that is already running"'],
	ofWholePort: true,
	find(view) {
		const nodes = view.judged.filter(node => ruleless(view, node).some(hostPort => isFromBefore(hostPort, node)));
		const hostPorts = nodes.flatMap(node => ruleless(view, node).filter(hostPort => isFromBefore(hostPort, node)));
		return finding({
			severity: 'error',
			nodes,
			hostPorts,
			title: `${count(hostPorts.length, 'hostPort')} on ${nodesInTitle(nodes)} ${hostPorts.length === 1 ? 'has' : 'have'} no rule: the pod is older than the CNI file with portmap`,
			because: [
				...hostPorts.slice(0, 3).map(({name, pod, diagnosis}) => ({
					source: `pod of ${name}`,
					says: `started ${pod.startedAt ?? pod.createdAt ?? ''}; ${diagnosis.by}`,
				})),
				...nodes.slice(0, 3).map(fileTime),
				...loadedFileProofs(nodes),
				...ruleProofs(nodes),
			],
			...byFixOrHand(
				view,
				'Run kubectl hostport fix: it restarts these pods a few at a time (their owner creates them again).',
				'Delete these pods one by one: their owner creates them again, and portmap then maps their ports.',
			),
		});
	},
});

/** hostPorts of running pods without a rule, on a node where portmap is live. */
export function ruleless(view: View, node: NodeView): HostPortView[] {
	return node.path === 'portmap' && node.proved ? view.hostPortsOf(node).filter(({reason}) => reason === 'no-rule') : [];
}

function fileTime(node: NodeView): {source: string; says: string} {
	const {configurationFolder, sandboxes} = node.observation ?? {};
	const folder = configurationFolder?.host ?? '';
	const written = node.loaded?.file.modified ?? 0;
	const touched = configurationFolder?.modified ?? 0;
	if (sandboxes) {
		return {source: `CNI cache of ${node.name}`, says: 'no mapping was requested when the pod was created'};
	}

	return touched > written
		? {
				source: `${folder} on ${node.name}`,
				says: `a file came or went ${timeOf(touched)} by the node's clock, later than the pod's start: another file may have been loaded then`,
			}
		: {
				source: `${folder}/${node.loaded?.file.name ?? ''} on ${node.name}`,
				says: `written ${timeOf(written)} by the node's clock, later than the pod's start`,
			};
}
