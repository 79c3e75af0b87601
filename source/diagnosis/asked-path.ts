import {chainingModeOf, isTrue, type Settings} from '../cilium/keys.ts';
import {isVersion} from '../cilium/version.ts';
import {nativeHostPort} from '../cilium/native-host-port.ts';
import type {HostPortServer} from './diagnosis.ts';

/** Modes in which Cilium's own file calls portmap. From 1.14 on `aws-cni` joins AWS' own list, which does or does not. */
function callsPortmap(version: string, mode: string): boolean {
	return mode === 'portmap' || mode === 'flannel' || (mode === 'aws-cni' && isVersion(version, '<1.14.0'));
}

/** The way that settings ask for, were an agent of this version started with them now. */
export function askedBy(version: string, settings: Settings | undefined): HostPortServer | 'unknown' {
	if (settings === undefined) {
		return 'unknown';
	}

	const native = nativeHostPort(version, settings);
	if (native.state === 'on') {
		return 'native';
	}

	const ownFile = isTrue(settings['custom-cni-conf']) || [settings['read-cni-conf'], settings['cni-chaining-target']].some(Boolean);
	if (callsPortmap(version, chainingModeOf(version, settings))) {
		return ownFile ? 'unknown' : 'portmap';
	}

	return native.state === 'off' && chainingModeOf(version, settings) === 'none' && !ownFile ? 'none' : 'unknown';
}
