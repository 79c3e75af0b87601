import {isTrue, replacementOf, replacementValues, type Settings} from './keys.ts';
import {releaseOf} from './releases.ts';
import {isVersion} from './version.ts';

/** Whether an agent started with some settings serves hostPort by eBPF, and which setting decides. */
export type NativeHostPort =
	| {readonly state: 'on'; readonly because: 'replacement' | 'keys'}
	| {readonly state: 'off'; readonly because: 'replacement-off' | 'node-port-missing' | 'host-port-off' | 'keys-removed' | 'too-old'}
	| {readonly state: 'unknown'; readonly because: 'kernel-decides' | 'value-not-taken' | 'deprecated-value' | 'version-unknown'};

/**
 * Decides as the agent does, by version:
 * full replacement implies hostPort; beside kube-proxy it takes `enable-host-port` and, without a log line if it is
 * missing, `enable-node-port` (daemon/cmd/kube_proxy_replacement.go, cilium/cilium #31168, #38083); from 1.19 these keys
 * are gone (#41380) and only full replacement is left.
 */
export function nativeHostPort(version: string, settings: Settings): NativeHostPort {
	if (!isVersion(version, '>=0.0.0')) {
		return {state: 'unknown', because: 'version-unknown'};
	}

	if (isVersion(version, '<1.8.0')) {
		return {state: 'off', because: 'too-old'};
	}

	const replacement = replacementOf(version, settings);
	if (!replacementValues(version).includes(replacement)) {
		return {state: 'unknown', because: 'value-not-taken'};
	}

	switch (replacement) {
		case 'true': {
			return {state: 'on', because: 'replacement'};
		}

		case 'strict': {
			// In 1.14 and 1.15 `strict` is deprecated and does not act like `true` everywhere (#32711): only the agent can tell.
			return isVersion(version, '<1.14.0') ? {state: 'on', because: 'replacement'} : {state: 'unknown', because: 'deprecated-value'};
		}

		case 'probe': {
			return {state: 'unknown', because: 'kernel-decides'};
		}

		case 'disabled': {
			return {state: 'off', because: 'replacement-off'};
		}

		default: {
			return isVersion(version, '>=1.19.0') ? withoutKeys(settings) : byKeys(version, settings);
		}
	}
}

function withoutKeys(settings: Settings): NativeHostPort {
	return {state: 'off', because: isTrue(settings['enable-host-port']) ? 'keys-removed' : 'replacement-off'};
}

function byKeys(version: string, settings: Settings): NativeHostPort {
	const written = settings['enable-host-port'];
	// The flag's default went from true to false with 1.14 (#25988).
	const hostPort = written === undefined ? isVersion(version, '<1.14.0') : isTrue(written);
	const nodePort = isTrue(settings['enable-node-port']) || (releaseOf(version).wireGuardIsNodePort && isTrue(settings['enable-wireguard']));
	if (hostPort && nodePort) {
		return {state: 'on', because: 'keys'};
	}

	if (isTrue(written)) {
		return {state: 'off', because: 'node-port-missing'};
	}

	return {state: 'off', because: nodePort ? 'host-port-off' : 'replacement-off'};
}

/** Versions whose Helm chart never writes `enable-host-port`, whatever `hostPort.enabled` says (#40073, #40480). */
export function chartDropsHostPortKey(version: string): boolean {
	return isVersion(version, '>=1.17.0 <1.17.6 || >=1.18.0');
}
