import type {Finding, Proof} from '../diagnosis.ts';
import type {HostPortView} from '../host-port-view.ts';
import type {NodeView} from '../node-view.ts';
import {providerOf} from '../ownership.ts';
import {loadedFileProofs, ruleProofs} from '../proofs.ts';
import {timeOf} from '../time.ts';
import type {View} from '../view.ts';
import {alike, count, nodesInTitle} from '../wording.ts';
import type {Cause} from './cause.ts';
import {isOlderThanFile} from '../pod-age.ts';
import {ruleless} from './hp04.ts';

/** portmap was in the list when the pod started, and there is no rule: flushed since, or never asked for. */
export const hp08: Cause = {
	code: 'HP08',
	find(view) {
		const nodes = view.judged.filter(node => lost(view, node).length > 0);
		return nodes.length === 0 ? [] : [finding(view, nodes)];
	},
};

function lost(view: View, node: NodeView): HostPortView[] {
	const others = view.hostPortsOf(node).filter(({reason}) => node.path === 'portmap' && (reason === 'not-reached' || reason === 'no-hook'));
	return [...ruleless(view, node).filter(hostPort => !isOlderThanFile(hostPort.pod, node)), ...others];
}

function finding(view: View, nodes: readonly NodeView[]): Finding {
	const hostPorts = nodes.flatMap(node => lost(view, node));
	const isProved = hostPorts.some(({reason}) => reason !== 'no-hook');
	const isNeverAsked = nodes.every(({loaded}) => loaded?.withoutPortMappings === true);
	return {
		code: 'HP08',
		severity: isProved ? 'error' : 'warning',
		nodes: nodes.map(({name}) => name),
		hostPorts: hostPorts.map(({name}) => name),
		title: isNeverAsked
			? `${count(hostPorts.length, 'hostPort')} on ${nodesInTitle(nodes)} without a rule: the CNI file names portmap without capabilities.portMappings`
			: `the rules of ${count(hostPorts.length, 'hostPort')} on ${nodesInTitle(nodes)} are not there, though portmap was chained when the pod started`,
		because: [
			...hostPorts.slice(0, 3).map(({name, pod, diagnosis}) => ({
				source: `pod of ${name}`,
				says: `started ${pod.startedAt ?? pod.createdAt ?? ''}; ${diagnosis.by}`,
			})),
			...fileTimes(nodes),
			...loadedFileProofs(nodes),
			...ruleProofs(nodes),
		],
		remedy: isNeverAsked
			? 'Add "capabilities": {"portMappings": true} to portmap where the file is made, then make the pods again.'
			: 'Make these pods again, and find what flushes the nat table (firewalld, ufw, a script): nobody else puts the rules back.',
		repairable: isProved && !isNeverAsked && providerOf(view) === '',
	};
}

function fileTimes(nodes: readonly NodeView[]): Proof[] {
	return alike(
		nodes,
		({loaded, observation}) =>
			loaded && {
				source: `${observation?.configurationFolder?.host ?? ''}/${loaded.file.name}`,
				says: `written ${timeOf(loaded.file.modified)} by the node's clock, not later than the pod's start`,
			},
	);
}
