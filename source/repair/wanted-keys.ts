import {chainingModeOf, fullReplacement, type Settings} from '../cilium/keys.ts';
import {nativeHostPort} from '../cilium/native-host-port.ts';
import {isVersion} from '../cilium/version.ts';
import type {Evidence} from '../evidence/evidence.ts';

/** The two ways in which hostPort can be served: by the portmap plugin, or by Cilium's eBPF. */
export type Strategy = 'portmap' | 'native';

/** Keys of cilium-config and what they have to become; null: the key has to go, or was not there. */
export type KeyChanges = Readonly<Record<string, {readonly from: string | null; readonly to: string | null}>>;

/**
 * The smallest change of cilium-config that turns hostPort on (docs of Cilium 1.8 to 1.20, and the agent's own condition:
 * hostPort beside kube-proxy needs `enable-node-port` too, cilium/cilium #31168). Empty where nothing has to change.
 */
export function wantedKeys(version: string, settings: Settings, strategy: Strategy, hasKubeProxy: boolean): KeyChanges {
	const wanted = strategy === 'portmap' ? portmapKeys(settings) : nativeKeys(version, settings, hasKubeProxy);
	return Object.fromEntries(
		Object.entries(wanted)
			.filter(([key, to]) => settings[key] !== to)
			.map(([key, to]) => [key, {from: settings[key] ?? null, to}]),
	);
}

/** Whether kube-proxy runs in the cluster. */
export function hasKubeProxy({otherDaemonSets, kubeProxyMode}: Evidence): boolean {
	return kubeProxyMode !== '' || otherDaemonSets.some(name => /\/kube-proxy\b/.test(name));
}

/** Settings with the changes over them. */
export function withChanges(settings: Settings, changes: KeyChanges): Settings {
	const changed = new Map(Object.entries(settings));
	for (const [key, {to}] of Object.entries(changes)) {
		if (to === null) changed.delete(key);
		else changed.set(key, to);
	}

	return Object.fromEntries(changed);
}

// A mode that says the same in other letters is left as it is: the change would restart every agent for nothing.
function portmapKeys(settings: Settings): Record<string, string> {
	return chainingModeOf(settings) === 'portmap' ? {} : {'cni-chaining-mode': 'portmap'};
}

function nativeKeys(version: string, settings: Settings, besideKubeProxy: boolean): Record<string, string> {
	// portmap's rules would stay beside replacement as dead weight.
	const unchained: Record<string, string> = chainingModeOf(settings) === 'portmap' ? {'cni-chaining-mode': 'none'} : {};
	if (nativeHostPort(version, settings).state === 'on') return unchained;
	if (!besideKubeProxy) return {...unchained, 'kube-proxy-replacement': fullReplacement(version)};
	return {
		...unchained,
		'kube-proxy-replacement': isVersion(version, '<1.14.0') ? 'partial' : 'false',
		'enable-node-port': 'true',
		'enable-host-port': 'true',
		// Beside kube-proxy both would listen on the health check's port: the agent logs “ListenAndServe failed for service health server”.
		'enable-health-check-nodeport': 'false',
	};
}
