import {stringify} from 'yaml';
import {withPortmap} from '../cilium/chained-configuration.ts';
import {chainingModeOf, hostPortKeys, isTrue, type Settings} from '../cilium/keys.ts';
import {type CniConfiguration, defaultCniLogFile, neededConfiguration, saysTheSame} from '../cilium/needed-configuration.ts';
import type {Diagnosis} from '../diagnosis/diagnosis.ts';
import type {NodeView} from '../diagnosis/node-view.ts';
import {view} from '../diagnosis/view.ts';
import type {ConfigurationFile, Evidence} from '../evidence/evidence.ts';
import {hasKubeProxy, wantedKeys, withChanges, type Strategy} from './wanted-keys.ts';

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

export type Recommendation = {
	readonly strategy: Strategy;
	/** One sentence. */
	readonly reason: string;
};

/** What differs between the cluster and one on which hostPort works in the chosen way. Empty where nothing has to change. */
export function neededChanges(evidence: Evidence, diagnosis: Diagnosis, strategy: Strategy): FileChange[] {
	const skipped = new Set(diagnosis.nodes.filter(({verdict}) => verdict === 'skipped').map(({name}) => name));
	const {judged, version} = view(evidence);
	return [
		...configMapChange(evidence, version, strategy),
		...judged.filter(({name}) => !skipped.has(name)).flatMap(node => cniFileChange(node, strategy)),
	];
}

/**
 * The way with the smallest blast radius: portmap touches new pods only, keys beside kube-proxy touch NodePort too, full
 * replacement changes the path of every Service.
 */
export function recommendStrategy(evidence: Evidence): Recommendation {
	const {judged, version} = view(evidence);
	const native = judged.filter(({asked, native}) => asked === 'native' || (native.on === true && native.proved));
	if (native.length > 0 && native.length * 2 >= judged.length) {
		return {strategy: 'native', reason: 'Cilium already serves hostPort by eBPF, or is configured to: portmap would only stand beside it.'};
	}

	if (isTrue(evidence.cilium?.configMap?.data['enable-host-firewall'])) {
		return {strategy: 'native', reason: "Cilium's host firewall is on, and portmap does not work with it (cilium/cilium#12541)."};
	}

	if (judged.length > 0 && judged.every(({node}) => node.containerRuntime.startsWith('cri-o://'))) {
		return {strategy: 'native', reason: 'CRI-O maps hostPorts itself and hands none to portmap.'};
	}

	return {
		strategy: 'portmap',
		reason: hasKubeProxy(evidence)
			? 'It keeps kube-proxy and touches new pods only; kube-proxy replacement changes the path of Services.'
			: `It touches new pods only; full kube-proxy replacement of Cilium ${version} changes the path of every Service.`,
	};
}

function configMapChange(evidence: Evidence, version: string, strategy: Strategy): FileChange[] {
	const {cilium} = evidence;
	if (!cilium?.configMap) {
		return [];
	}

	const {data, name} = cilium.configMap;
	const changes = wantedKeys(version, data, strategy, hasKubeProxy(evidence));
	if (Object.keys(changes).length === 0) {
		return [];
	}

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
	// Chained already is all that portmap needs, whatever else the file says; and eBPF needs no change of a file without it.
	if (!folder || node.chained === undefined || node.chained === (strategy === 'portmap')) {
		return [];
	}

	const isOwn = isTrue(node.settings?.['custom-cni-conf']);
	const current = isOwn ? node.loaded?.file : ciliumFile(node);
	const needed = isOwn
		? strategy === 'portmap' && current
			? withPortmap({fileName: current.name, content: current.content})
			: undefined
		: writtenBy(node, strategy, current);
	if (needed === undefined || (current?.name === needed.fileName && saysTheSame(current.content, needed.content))) {
		return [];
	}

	return [
		{
			node: node.name,
			path: `${folder.host}/${current?.name ?? needed.fileName}`,
			neededPath: `${folder.host}/${needed.fileName}`,
			current: current?.content,
			needed: needed.content,
		},
	];
}

/** What Cilium writes there by itself once the settings ask for it; undefined where it takes its file from elsewhere. */
function writtenBy(
	{settings, version}: NodeView,
	strategy: Strategy,
	current: ConfigurationFile | undefined,
): CniConfiguration | undefined {
	const mode = chainingModeOf(version, settings ?? {});
	const isFromElsewhere = Boolean(settings?.['read-cni-conf']) || Boolean(settings?.['cni-chaining-target']);
	if (isFromElsewhere || (mode !== 'none' && mode !== 'portmap')) {
		return undefined;
	}

	return neededConfiguration(version, strategy === 'portmap' ? 'portmap' : 'plain', {
		enableDebug: isTrue(settings?.['debug']) || /"enable-debug":\s*true/.test(current?.content ?? ''),
		logFile: settings?.['cni-log-file'] ?? /"log-file":\s*"([^"\\]+)"/.exec(current?.content ?? '')?.[1] ?? defaultCniLogFile,
	});
}

/** Cilium's own file: the loaded one where it is that, else either of its two names. */
function ciliumFile({loaded, observation}: NodeView): ConfigurationFile | undefined {
	const own = (observation?.configurationFolder?.files ?? []).filter(
		({name}) => name === '05-cilium.conflist' || name === '05-cilium.conf',
	);
	return own.find(file => file === loaded?.file) ?? own[0];
}
