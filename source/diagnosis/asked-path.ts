import {chainingModeOf, isTrue, type Settings} from '../cilium/keys.ts';
import {nativeHostPort} from '../cilium/native-host-port.ts';
import type {HostPortPath} from './diagnosis.ts';

/** Modes in which Cilium's own file, or the one that it joins, calls portmap (facts: 1.13 and older write it, later ones merge). */
const modesWithPortmap = new Set(['portmap', 'flannel', 'aws-cni']);

/** The way that settings ask for, were an agent of this version started with them now. */
export function askedBy(version: string, settings: Settings | undefined): HostPortPath | 'unknown' {
	if (settings === undefined) {
		return 'unknown';
	}

	const native = nativeHostPort(version, settings);
	if (native.state === 'on') {
		return 'native';
	}

	const ownFile = isTrue(settings['custom-cni-conf']) || [settings['read-cni-conf'], settings['cni-chaining-target']].some(Boolean);
	if (modesWithPortmap.has(chainingModeOf(settings))) {
		return ownFile ? 'unknown' : 'portmap';
	}

	return native.state === 'off' && chainingModeOf(settings) === 'none' && !ownFile ? 'none' : 'unknown';
}
