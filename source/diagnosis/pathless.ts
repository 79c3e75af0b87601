import {isTrue} from '../cilium/keys.ts';
import {askedBy} from './asked-path.ts';
import type {Finding, Proof} from './diagnosis.ts';
import type {NodeView} from './node-view.ts';
import {providerOf, repairHint} from './ownership.ts';
import {
	configMapProofs,
	disagreementProofs,
	falseLeadProofs,
	loadedFileProofs,
	overrideProofs,
	ruleProofs,
	statusProofs,
} from './proofs.ts';
import type {View} from './view.ts';
import {count, nodesInTitle} from './wording.ts';

export type PathlessCode = 'HP01' | 'HP01b' | 'HP03' | 'HP05' | 'HP06' | 'HP19';

/**
 * Why a node has neither way, as one code: exactly one, so that a root is never listed beside its consequence.
 * Undefined where the node has a way, where it is not known, and where HP02 explains it.
 */
export function pathlessCode(node: NodeView): PathlessCode | undefined {
	if (node.skipped !== '' || node.path !== 'none' || node.cannotStartPods) {
		return undefined;
	}

	if (node.settings === undefined) {
		return 'HP01';
	}

	const wantsPortmap = node.asked === 'portmap' || (node.settings['cni-chaining-mode'] ?? '').trim().toLowerCase() === 'portmap';
	if (wantsPortmap && (isForeignFile(node) || isTrue(node.settings['custom-cni-conf']))) {
		return 'HP05';
	}

	if (node.asked === 'portmap' || node.asked === 'native') {
		// An agent that has not come up yet has not written its file either: that is no sign of an override.
		return node.agentIsOlder === false && node.node.agent?.ready === true ? 'HP06' : 'HP03';
	}

	const configured = askedBy(node.version, node.configured);
	if (configured === 'portmap' || configured === 'native') {
		return 'HP06';
	}

	const because = node.native.byKeys?.because;
	if (because === 'keys-removed') {
		return 'HP19';
	}

	return because === 'node-port-missing' ? 'HP01b' : 'HP01';
}

/** Whether the file that is loaded is another than Cilium's own. */
export function isForeignFile({loaded}: NodeView): boolean {
	return loaded !== undefined && !/^05-cilium\.conf(?:list)?$/.test(loaded.file.name);
}

export type PathlessWords = {
	/** What is wrong, without the nodes: `kube-proxy replacement is off and portmap is not chained`. */
	readonly what: string;
	readonly remedy: string;
	readonly repairable: boolean;
	/** Lines of proof of this cause alone; they come first. */
	readonly because?: readonly Proof[];
};

/** The finding of one cause over all nodes that have it: proved ones where there are any, else the likely ones as a warning. */
export function pathlessFinding(view: View, code: PathlessCode, words: (nodes: readonly NodeView[]) => PathlessWords): Finding[] {
	if (view.evidence.cilium === null) {
		return [];
	}

	const all = view.judged.filter(node => pathlessCode(node) === code);
	const proved = all.filter(node => node.proved);
	const nodes = proved.length > 0 ? proved : all;
	if (nodes.length === 0) {
		return [];
	}

	const {what, remedy, repairable, because = []} = words(nodes);
	const dead = nodes.flatMap(node => view.hostPortsOf(node)).filter(({diagnosis}) => diagnosis.state !== 'wired');
	const isProvedDead = proved.length > 0 && dead.some(({diagnosis}) => diagnosis.state === 'unwired');
	const where = nodesInTitle(nodes);
	const likely = all.length - proved.length;
	return [
		{
			code,
			severity: view.hostPorts.length === 0 ? 'info' : isProvedDead ? 'error' : 'warning',
			nodes: nodes.map(({name}) => name),
			hostPorts: dead.map(({name}) => name),
			title: titleOf(view, {where, what, doubt: doubtAbout(nodes)}),
			because: [
				...because,
				...configMapProofs(view),
				...overrideProofs(nodes),
				...statusProofs(nodes),
				...disagreementProofs(nodes),
				...loadedFileProofs(nodes),
				...ruleProofs(nodes),
				...falseLeadProofs(nodes),
				...(proved.length > 0 && likely > 0 ? [notAsked(likely)] : []),
			],
			remedy: `${remedy}${repairHint(view)}`,
			repairable: repairable && providerOf(view) === '',
		},
	];
}

function titleOf(view: View, {where, what, doubt}: {where: string; what: string; doubt: string}): string {
	const verb = view.hostPorts.length > 0 ? 'does not work' : 'would not work';
	return doubt === '' ? `hostPort ${verb} on ${where}: ${what}` : `hostPort probably ${verb} on ${where}: ${what}; ${doubt}`;
}

function doubtAbout(nodes: readonly NodeView[]): string {
	if (nodes.some(({proved}) => proved)) {
		return '';
	}

	return nodes.every(({observation}) => observation === undefined) ? 'no node was asked' : 'not everything was seen there';
}

function notAsked(number: number): Proof {
	return {source: 'nodes that were not asked', says: `${count(number, 'more node')} probably with the same cause, by cilium-config alone`};
}
