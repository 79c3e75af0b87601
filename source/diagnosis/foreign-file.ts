import {chainingModeOf, isTrue} from '../cilium/keys.ts';
import {loadedFile} from '../cilium/loaded-file.ts';
import type {NodeView} from './node-view.ts';

/** Whether the file that is loaded is another than Cilium's own, and none that Cilium was told to join. */
export function isForeignFile({loaded, settings, version}: NodeView): boolean {
	const isOwn = loaded === undefined || /^05-cilium\.conf(?:list)?$/.test(loaded.file.name);
	const joins =
		Boolean(settings?.['cni-chaining-target']) || /^(?:aws-cni|generic-veth|flannel)$/.test(chainingModeOf(version, settings ?? {}));
	return !isOwn && !(joins && loaded.plugins.includes('cilium-cni'));
}

/** A CNI file that somebody keeps instead of Cilium: another than Cilium's, or Cilium's own under `custom-cni-conf`. */
export function isOwnMade(node: NodeView): boolean {
	return isForeignFile(node) || isTrue(node.settings?.['custom-cni-conf']);
}

/** A file behind the loaded one that would call portmap: the runtime never comes to it. */
export function hiddenFile({loaded, observation}: NodeView): string | undefined {
	if (loaded === undefined || loaded.plugins.includes('portmap')) {
		return undefined;
	}

	const others = (observation?.configurationFolder?.files ?? []).filter(({name}) => name !== loaded.file.name);
	return others.find(file => loadedFile([file])?.plugins.includes('portmap'))?.name;
}
