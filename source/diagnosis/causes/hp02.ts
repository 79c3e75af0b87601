import type {Finding, Proof} from '../diagnosis.ts';
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
import type {Cause} from './cause.ts';

/** The CNI file names portmap and the runtime cannot call it: no pod starts or stops there, with or without a hostPort. */
export const hp02: Cause = {code: 'HP02', find: view => [...stopped(view), ...waiting(view), ...doubtful(view)]};

function stopped(view: View): Finding[] {
	const nodes = view.judged.filter(node => node.cannotStartPods && selinuxDenial(node) === undefined);
	if (nodes.length === 0) {
		return [];
	}

	return [
		{
			code: 'HP02',
			severity: 'error',
			nodes: nodes.map(({name}) => name),
			hostPorts: deadHostPorts(view, nodes),
			title: `no pod can start or stop on ${nodesInTitle(nodes)}: the CNI file names portmap, ${lack(nodes)}`,
			because: [
				...loadedFileProofs(nodes),
				...binaryProofs(nodes),
				...eventProofs(nodes),
				...configMapProofs(view, ['cni-chaining-mode']),
				...consequence(deadHostPorts(view, nodes)),
			],
			remedy: `Put a portmap that runs into ${folders(nodes)} on every one of these nodes: kubectl hostport fix. Pods then start by themselves; those with a hostPort that are older must be made again.`,
			repairable: providerOf(view) === '',
		},
	];
}

/** cilium-config already asks for portmap, but the agents have not written it into the file: their next start stops the node. */
function waiting(view: View): Finding[] {
	const nodes = view.judged.filter(node => !node.cannotStartPods && node.chained === false && wantsPortmap(node) && stopsPods(node.binary));
	if (nodes.length === 0) {
		return [];
	}

	return [
		{
			code: 'HP02',
			severity: 'warning',
			nodes: nodes.map(({name}) => name),
			hostPorts: [],
			title: `no pod could start on ${nodesInTitle(nodes)} after the next restart of the agent: cilium-config asks for portmap, ${lack(nodes)}`,
			because: [...configMapProofs(view, ['cni-chaining-mode']), ...loadedFileProofs(nodes), ...binaryProofs(nodes)],
			remedy: `Do not restart the agents before portmap is in ${folders(nodes)}: kubectl hostport fix keeps that order.`,
			repairable: providerOf(view) === '',
		},
	];
}

/** portmap did not run from inside a pod, or was not seen whole, and no pod shows that the node can run it: likely, not proved. */
function doubtful(view: View): Finding[] {
	const nodes = view.judged.filter(node => node.chained === true && node.binary.state === 'doubtful' && !isProvedByPods(view, node));
	if (nodes.length === 0) {
		return [];
	}

	return [
		{
			code: 'HP02',
			severity: 'warning',
			nodes: nodes.map(({name}) => name),
			hostPorts: [],
			title: `portmap may not run on ${nodesInTitle(nodes)}, where the CNI file names it: pods would not start`,
			because: [...loadedFileProofs(nodes), ...binaryProofs(nodes)],
			remedy: 'Look with --via pod or --via ssh, which run it as the node does; or see whether new pods start there.',
			repairable: providerOf(view) === '',
		},
	];
}

function deadHostPorts(view: View, nodes: readonly NodeView[]): string[] {
	return nodes
		.flatMap(node => view.hostPortsOf(node))
		.filter(({diagnosis}) => diagnosis.state !== 'wired')
		.map(({name}) => name);
}

const lacks: Partial<Record<PortmapBinary['state'], (folder: string) => string>> = {
	missing: folder => `and ${folder} has none`,
	'not-executable': folder => `and the one in ${folder} is not executable`,
	'wrong-architecture': folder => `and the one in ${folder} is built for another architecture`,
	fails: folder => `and the one in ${folder} does not run`,
	elsewhere: folder => `and it is not in ${folder}, where the runtime looks`,
};

/** What is wrong with the binary, in the words of a title: the one lack where all nodes share it. */
function lack(nodes: readonly NodeView[]): string {
	const [state, ...others] = new Set(nodes.map(({binary}) => binary.state));
	const words = state === undefined || others.length > 0 ? undefined : lacks[state];
	return words?.(folders(nodes)) ?? `and the runtime cannot run it from ${folders(nodes)}`;
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
