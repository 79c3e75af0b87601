import {stringify} from 'yaml';
import {hostPortKeys, type Settings} from '../../cilium/keys.ts';
import {conflistChange} from '../../diagnosis/conflist-change.ts';
import {hasKubeProxy} from '../../diagnosis/kube-proxy.ts';
import type {NodeView} from '../../diagnosis/node-view.ts';
import {refusalsOf} from '../../diagnosis/refusals.ts';
import {repairable} from '../../diagnosis/repairable-nodes.ts';
import type {Strategy} from '../../diagnosis/strategy.ts';
import {view, type View} from '../../diagnosis/view.ts';
import type {Evidence} from '../../evidence/evidence.ts';
import {wantedKeys, withChanges, type KeyChanges} from './wanted-keys.ts';

/** One file as it is and as it has to be. Nothing is written by saying so: Cilium itself writes its CNI file. */
export type FileChange = {
	/** Empty for an object of the cluster. */
	readonly node: string;
	/** Path on the node, or `configmap NAMESPACE/cilium-config`. */
	readonly path: string;
	/** Other than `path` where the file changes its name, such as 05-cilium.conf to 05-cilium.conflist. */
	readonly neededPath: string;
	/** Undefined: there is no such file. */
	readonly current: string | undefined;
	readonly needed: string | undefined;
};

/**
 * What differs between the cluster and one on which hostPort works in the chosen way. Empty where nothing has to change, and where the
 * strategy is refused; a conflist that a person keeps is shown all the same, for nobody else changes it.
 */
export function neededChanges(evidence: Evidence, strategy: Strategy): FileChange[] {
	const seen = view(evidence);
	const isRefused = refusalsOf(seen, strategy).length > 0;
	return [
		...configMapChange(seen, strategy),
		...seen.judged.flatMap(node => (isRefused && conflistChange(node, strategy).byCilium ? [] : cniFileChange(node, strategy))),
	];
}

/** Keys of cilium-config that have to change: none where the strategy is refused, or where Cilium writes no node's conflist. */
export function neededKeys(seen: View, strategy: Strategy): KeyChanges {
	const isForNobody = strategy === 'portmap' && repairable(seen).every(node => !conflistChange(node, strategy).byCilium);
	return isForNobody || refusalsOf(seen, strategy).length > 0
		? {}
		: wantedKeys(seen.version, seen.evidence.cilium?.configMap?.data ?? {}, strategy, hasKubeProxy(seen.evidence));
}

function configMapChange(seen: View, strategy: Strategy): FileChange[] {
	const {cilium} = seen.evidence;
	const changes = neededKeys(seen, strategy);
	if (!cilium?.configMap || Object.keys(changes).length === 0) {
		return [];
	}

	const {data, name} = cilium.configMap;
	const path = `configmap ${cilium.namespace}/${name}`;
	const keys = [...new Set([...hostPortKeys, ...Object.keys(changes)])];
	return [{node: '', path, neededPath: path, current: keysAsYaml(data, keys), needed: keysAsYaml(withChanges(data, changes), keys)}];
}

function keysAsYaml(data: Settings, keys: readonly string[]): string {
	const shown = keys.filter(key => Object.hasOwn(data, key)).map(key => [key, data[key]] as const);
	return shown.length === 0 ? '' : stringify(Object.fromEntries(shown));
}

function cniFileChange(node: NodeView, strategy: Strategy): FileChange[] {
	const folder = node.observation?.configurationFolder;
	const {needed, current} = conflistChange(node, strategy);
	return folder && needed !== undefined
		? [
				{
					node: node.name,
					path: `${folder.host}/${current?.name ?? needed.fileName}`,
					neededPath: `${folder.host}/${needed.fileName}`,
					current: current?.content,
					needed: needed.content,
				},
			]
		: [];
}
