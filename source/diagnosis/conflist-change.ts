import {isMultus} from '../cilium/multus.ts';
import {isUnseen} from '../cilium/loaded-file.ts';
import {withPortmap} from '../cilium/chained-configuration.ts';
import {chainingModeOf, isTrue} from '../cilium/keys.ts';
import {type CniConfiguration, defaultCniLogFile, neededConfiguration, saysTheSame} from '../cilium/needed-configuration.ts';
import type {ConfigurationFile} from '../evidence/evidence.ts';
import {isForeignFile} from './foreign-file.ts';
import type {NodeView} from './node-view.ts';
import type {Strategy} from './strategy.ts';

/** Why a conflist cannot be left to Cilium. */
export type ConflistRefusal = {
	/** Who stands against it: another network, or whoever makes the conflist or keeps Cilium from it. */
	readonly by: 'network' | 'list';
	readonly message: string;
	readonly hint: string;
};

/** What becomes of a node's CNI file. */
export type ConflistChange = {
	/** The file as it has to be; undefined where nothing of it changes, or where that cannot be known. */
	readonly needed: CniConfiguration | undefined;
	/** The file that it takes the place of; undefined where there is none. */
	readonly current: ConfigurationFile | undefined;
	/** Cilium writes the conflist by itself once its settings ask for it. Else a key of cilium-config changes nothing there, or takes a network away. */
	readonly byCilium: boolean;
	/** Why the conflist cannot be left to Cilium although it would have to change. */
	readonly refusal: ConflistRefusal | undefined;
};

/**
 * The one judgement of what a strategy makes of a node's CNI file: diff, plan, remedies and refusals all follow it. A list that anything
 * but Cilium has a hand in is never written over: what that one's pods would lose cannot be known from here.
 */
export function conflistChange(node: NodeView, strategy: Strategy): ConflistChange {
	const refusal = foreignHand(node);
	if (refusal !== undefined) {
		const isByHand = strategy === 'portmap' && node.chained === false && refusal.isByHand === true;
		const current = node.loaded?.file;
		return {
			needed: isByHand && current !== undefined ? withPortmap({fileName: current.name, content: current.content}) : undefined,
			current,
			byCilium: false,
			// What calls portmap already needs no change, whoever wrote it; and eBPF needs none of a conflist.
			refusal: strategy === 'portmap' && node.chained !== true ? {by: refusal.by, message: refusal.message, hint: refusal.hint} : undefined,
		};
	}

	const current = ciliumFile(node);
	const isSame = node.chained === undefined || node.chained === (strategy === 'portmap');
	const needed = isSame || !node.observation?.configurationFolder ? undefined : writtenByCilium(node, strategy, current);
	const isNew = needed !== undefined && !(current?.name === needed.fileName && saysTheSame(current.content, needed.content));
	return {needed: isNew ? needed : undefined, current, byCilium: true, refusal: undefined};
}

/** Plugins of Cilium's own file that Cilium does not write: somebody added them, and Cilium's next write takes them out. */
function addedPlugins({loaded}: NodeView): readonly string[] {
	return (loaded?.plugins ?? []).filter(type => type !== 'cilium-cni' && type !== 'portmap');
}

/** Who else has a hand in the conflist; `isByHand`: nobody but the person who keeps it. */
type ForeignHand = ConflistRefusal & {readonly isByHand?: boolean};

const foreignHand = (node: NodeView): ForeignHand | undefined => handInSettings(node) ?? handInFolder(node);

function handInSettings({settings = {}, version}: NodeView): ForeignHand | undefined {
	const mode = chainingModeOf(version, settings);
	// `Portmap` is no mode before 1.17, and no other plugin either: writing it right is the repair.
	if (!['none', 'portmap'].includes(mode.toLowerCase())) {
		const source = settings['read-cni-conf'] || (settings['cni-chaining-target'] ?? '').replace(/^\*$/, '');
		return {
			by: 'network',
			message: `cni-chaining-mode is ${mode}: another network plugin makes the pods' network, and Cilium is chained to it`,
			hint: `Add portmap to that network's own CNI config${source === '' ? '' : ` (${source})`} at its source, then restart the pods.`,
		};
	}

	for (const key of ['cni-chaining-target', 'read-cni-conf'] as const) {
		if (settings[key])
			return {
				by: 'list',
				message: `${key} is ${settings[key]}: Cilium does not write its own CNI config`,
				hint: 'Add portmap to the file that it is read from, then restart the pods.',
			};
	}

	if (isTrue(settings['custom-cni-conf'])) {
		return {
			by: 'list',
			message: 'custom-cni-conf is true: Cilium does not write to the CNI folder',
			hint: 'Add portmap to your own CNI config; kubectl hostport diff shows how.',
			isByHand: true,
		};
	}

	return undefined;
}

/** By the folder that is read and the file that is loaded. */
function handInFolder(node: NodeView): ForeignHand | undefined {
	const {loaded} = node;
	if (node.otherFolder !== undefined) {
		const {runtime, cilium} = node.otherFolder;
		return {
			by: 'list',
			message: `the runtime reads ${runtime}, but Cilium writes its CNI file to ${cilium}: cilium-config has no effect on what the runtime calls`,
			hint: `Make both use one folder first: change cni.confPath of Cilium's chart or the runtime's own configuration.`,
		};
	}

	if (loaded === undefined) return undefined;
	if (isForeignFile(node)) {
		return {
			by: 'list',
			message: `the runtime loads ${loaded.file.name}, not Cilium's own file: cilium-config has no effect on what it calls`,
			hint: foreignFileHint(node),
		};
	}

	if (isUnseen(loaded.problem)) {
		return {
			by: 'list',
			message: `${loaded.file.name} was not read completely, so it is not known what Cilium would overwrite`,
			hint: 'Read it with --via pod or --via ssh.',
		};
	}

	const added = addedPlugins(node);
	return added.length === 0
		? undefined
		: {
				by: 'list',
				message: `${loaded.file.name} also calls ${added.join(' and ')}, which Cilium does not write: its next write removes ${added.length === 1 ? 'that plugin' : 'those plugins'}`,
				hint: `Set cni-chaining-mode: portmap where cilium-config is managed, install portmap on every node, restart the agents, and let the installer of ${added.join(' and ')} add it again before pods start.`,
			};
}

/** What to do about a conflist of somebody else's that is loaded, and has to call portmap where it does not: one to three sentences. */
export function foreignFileHint({loaded, observation}: NodeView): string {
	const file = loaded?.file.name ?? 'the file';
	const network = observation?.runtime?.network;
	if (network !== undefined && network === loaded?.network)
		return `Set cni_default_network of CRI-O (now ${network}) to the network of Cilium’s own file, or remove the key, then restart CRI-O.`;
	if (loaded?.plugins.some(isMultus) === true) {
		const keep = `Do not move ${file} away: pods would lose their other networks.`;
		if (callsPortmap(loaded)) return `Nothing to do: Multus calls portmap by ${file}. ${keep}`;
		const own = (observation?.configurationFolder?.files ?? []).find(({name}) => /^05-cilium\.conf(?:list)?$/.test(name))?.name;
		return `Add portmap to the conflist that Multus calls${own === undefined ? '' : ` (${own})`}, and "capabilities": {"portMappings": true} to ${file}. ${keep}`;
	}

	if (loaded?.plugins.includes('cilium-cni') === true) return `Add portmap to ${file} at its source, then restart the pods.`;
	const needed = callsPortmap(loaded) ? '' : '; otherwise add portmap to it at its source';
	return `Find out what writes ${file}. If it is no longer needed, move it away${needed}.`;
}

/** Somebody's list already calls portmap and lets it have its mappings. */
function callsPortmap(loaded: NodeView['loaded']): boolean {
	return loaded?.plugins.includes('portmap') === true && loaded.withoutPortMappings === '';
}

function writtenByCilium(
	{settings, version}: NodeView,
	strategy: Strategy,
	current: ConfigurationFile | undefined,
): CniConfiguration | undefined {
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
