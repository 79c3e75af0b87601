import {askedCniVersions, clashText, refusedCniVersions} from '../asked-cni-versions.ts';
import {finding, type Found} from '../finding.ts';
import {chainsPortmap} from '../pathless.ts';
import {stopsPods} from '../portmap-binary.ts';
import {newerPortmap, newerPortmapByHand} from '../portmap-failure.ts';
import {byFixOrHand} from '../by-fix-or-hand.ts';
import {portmapFailureFindings} from '../portmap-failure-findings.ts';
import {configMapProofs, loadedFileProofs} from '../proofs.ts';
import type {View} from '../view.ts';
import {alike, nodesInTitle} from '../wording.ts';
import {defineCause} from './cause.ts';

/** portmap is called, runs and fails by itself, or will once the agent has written its file; that it finds no firewall program is HP09. */
export const hp30 = defineCause({
	code: 'HP30',
	title: 'portmap runs and fails',
	meaning:
		'The runtime finds portmap and calls it, and portmap itself fails: the kernel lacks a netfilter module, iptables is too old or locked, writing rules is not permitted, or portmap does not know the CNI version of the file. Pods with a hostPort do not start; with an unknown CNI version no pod starts.',
	proof: [
		'event whose last `plugin type=` is portmap, with words that portmap or iptables wrote',
		'`cniVersion` of the loaded file is not among the binary’s `supportedVersions`; this needs no event',
		'its entry in the file has something that it refuses: `markMasqBit` beside `externalSetMarkChain`, a bit beyond 31, conditions that are not a list; no event needed either',
		'a warning before any pod fails: the file that the agent writes at its next start asks for such a version (CNI 1.0.0 from Cilium 1.20 on)',
	],
	toldApart: [
		'HP02: there the runtime cannot call portmap at all',
		'HP09: there portmap finds no iptables or nft, or rules are in two builds',
		'HP24: there another plugin fails',
	],
	cure: [
		'For a CNI version that portmap does not know: `kubectl hostport fix` with a newer portmap; it saves the old one, and `rollback` restores it.',
		'Fix what the error names: `modprobe -a xt_multiport xt_comment xt_mark xt_addrtype iptable_nat`, a newer portmap or iptables, or the program that holds the xtables lock.',
	],
	falseLeads: [
		'portmap answers `CNI_COMMAND=VERSION` even if it cannot create a rule.',
		'The pod’s image and its probes have nothing to do with it.',
	],
	sources: [
		'kubernetes-sigs/kind#3170',
		'k3s-io/k3s#6324',
		'awslabs/amazon-eks-ami#2605',
		'containernetworking/plugins#378',
		'k0sproject/k0s#2141',
		'hashicorp/nomad#26724',
		'containernetworking/cni: pkg/version/reconcile.go',
	],
	find: view => [...portmapFailureFindings(view, ({withoutBackend}) => !withoutBackend), ...waiting(view)],
});

/** Pods start by the file of today. The one that the agent writes at its next start asks portmap for a version that it refuses. */
function waiting(view: View): Found[] {
	const nodes = view.judged.filter(
		node =>
			!node.cannotStartPods &&
			node.portmapFailure === undefined &&
			chainsPortmap(node) &&
			!stopsPods(node.binary) &&
			refusedCniVersions(node, view).length > 0,
	);
	const [first] = nodes;
	if (first === undefined) return [];
	const asked = askedCniVersions(first, view).at(-1) ?? '';
	return finding({
		severity: 'warning',
		nodes,
		title: `no pod can start on ${nodesInTitle(nodes)} after an agent restart: portmap is too old for CNI ${asked}`,
		because: [
			...alike(nodes, node => ({source: `${node.binary.folder}/portmap`, says: clashText(node, refusedCniVersions(node, view))})),
			...loadedFileProofs(nodes),
			...configMapProofs(view, ['cni-chaining-mode']),
		],
		...byFixOrHand(
			view,
			`Do not restart the agents before that. ${newerPortmap}`,
			`Do not restart the agents before that. ${newerPortmapByHand}`,
		),
	});
}
