import {refusalsOf} from './refusals.ts';
import {recommendStrategy} from './strategy.ts';
import type {View} from './view.ts';

/** What helps a node where nothing serves hostPort, as its remedy says it; `repairable` where `fix` carries it out. */
export type RepairAdvice = {readonly remedy: string; readonly repairable: boolean};

const words = {
	portmap:
		'Run kubectl hostport fix: it installs portmap on every node, sets cni-chaining-mode: portmap, then restarts the agents node by node.',
	native: 'Run kubectl hostport fix --strategy native: it turns hostPort on in Cilium’s own eBPF, then restarts the agents node by node.',
} as const;

/** The recommended strategy where nothing speaks against it, the other where nothing speaks against that; else why neither can be carried out, and what to do. */
export function repairAdvice(view: View): RepairAdvice {
	const {strategy: recommended} = recommendStrategy(view);
	const refusals = refusalsOf(view, recommended);
	const [first] = refusals;
	if (first === undefined) return {remedy: words[recommended], repairable: true};
	// Whether eBPF serves hostPort below another network's list was not measured, so it is not what a remedy promises.
	const other = recommended === 'native' ? 'portmap' : 'native';
	const [last] = refusals.some(({isOfNetwork}) => isOfNetwork) ? [first] : refusalsOf(view, other);
	if (last === undefined) return {remedy: words[other], repairable: true};
	// The hint of the first would name the other strategy.
	const why = [...new Set([first.message, last.message])].join('; ');
	return {remedy: `kubectl hostport fix does not change this cluster: ${why}. ${last.hint}`, repairable: false};
}
