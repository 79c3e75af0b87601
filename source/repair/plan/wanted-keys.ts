import {chainingModeOf, fullReplacement, type Settings} from '../../cilium/keys.ts';
import {nativeHostPort} from '../../cilium/native-host-port.ts';
import {socketLoadBalancing} from '../../cilium/expected-reach.ts';
import {releaseOf} from '../../cilium/releases.ts';
import {isVersion} from '../../cilium/version.ts';
import type {Strategy} from '../../diagnosis/strategy.ts';

/** Keys of cilium-config and what they have to become; null: the key has to go, or was not there. */
export type KeyChanges = Readonly<Record<string, {readonly from: string | null; readonly to: string | null}>>;

type Wanted = Readonly<Record<string, string | null>>;

/**
 * The change of cilium-config that turns hostPort on, as that version's own chart makes it (charts 1.8.0 to 1.20.2, and the agent's own
 * condition: hostPort beside kube-proxy needs `enable-node-port` too, cilium/cilium #31168). A `helm upgrade` with the values
 * of `helmValues` changes nothing more. Empty where nothing has to change.
 */
export function wantedKeys(version: string, settings: Settings, strategy: Strategy, hasKubeProxy: boolean): KeyChanges {
	const wanted = strategy === 'portmap' ? portmapKeys(version, settings) : nativeKeys(version, settings, hasKubeProxy);
	return Object.fromEntries(
		Object.entries(wanted)
			.filter(([key, to]) => (settings[key] ?? null) !== to)
			.map(([key, to]) => [key, {from: settings[key] ?? null, to}]),
	);
}

/**
 * Why keys change along with the one that the strategy is about, a sentence for each reason. What the chart writes when was rendered with both versions'
 * charts (test/cilium/charts); what the agent asks for beside kube-proxy stands in pkg/kpr/kpr.go (1.18).
 */
export function reasonsOfChanges(changes: KeyChanges): string[] {
	const reasons = Object.entries(changes).flatMap(([key, {to}]) => {
		const reason = (to === null || to === '' ? reasonsToRemove : reasonsToSet)[key];
		return reason === undefined ? [] : [[key, reason] as const];
	});
	return [...Map.groupBy(reasons, ([, reason]) => reason)].map(([reason, keys]) => `${keys.map(([key]) => key).join(', ')}: ${reason}.`);
}

const reasonsToSet: Readonly<Record<string, string>> = {
	'enable-host-legacy-routing': 'packets take the kernel’s own routing, where portmap’s rules are',
	'install-no-conntrack-iptables-rules': 'portmap’s rules need connection tracking',
	'dnsproxy-enable-transparent-mode': 'Cilium’s chart sets it where no plugin is chained',
	'enable-node-port': 'hostPort beside kube-proxy needs it',
	'enable-host-port': 'without full replacement hostPort has its own switch',
	'enable-health-check-nodeport': 'kube-proxy listens on the health check’s port already',
	'enable-host-reachable-services': 'without it the node itself reaches no hostPort',
	'bpf-lb-sock': 'without it the node itself reaches no hostPort',
	'bpf-lb-sock-hostns-only': 'pods reach Services without it',
};

const fullReplacementHasIt = 'full replacement includes it, and Cilium’s chart does not write it then';
const reasonsToRemove: Readonly<Record<string, string>> = {
	'dnsproxy-enable-transparent-mode': 'Cilium’s chart sets it only where no plugin is chained',
	'enable-host-legacy-routing': 'it was there for portmap',
	'enable-host-port': fullReplacementHasIt,
	'enable-node-port': fullReplacementHasIt,
	'enable-external-ips': fullReplacementHasIt,
	'kube-proxy-replacement-healthz-bind-address': 'Cilium’s chart leaves it empty under full replacement',
};

/** Settings with the changes over them. */
export function withChanges(settings: Settings, changes: KeyChanges): Settings {
	const changed = new Map(Object.entries(settings));
	for (const [key, {to}] of Object.entries(changes)) {
		if (to === null) changed.delete(key);
		else changed.set(key, to);
	}

	return Object.fromEntries(changed);
}

/** The same changes as settings of one node: a CiliumNodeConfig can set a key and not remove it, so it says what its absence means. */
export function nodeSettings(version: string, changes: KeyChanges): Record<string, string> {
	const absent = new Map([['cni-chaining-mode', 'none'], ...releaseOf(version).chainedKeys.map(each => [each.key, each.absent] as const)]);
	return Object.fromEntries(
		Object.entries(changes).flatMap(([key, {to}]) => {
			const value = to ?? absent.get(key);
			return value === undefined ? [] : [[key, value]];
		}),
	);
}

// A mode that the agent reads as portmap is left as it is: the change would restart every agent for nothing.
function portmapKeys(version: string, settings: Settings): Wanted {
	if (chainingModeOf(version, settings) === 'portmap') return {};
	// A value other than the chart's own is the user's, and the chart leaves it too.
	const along = releaseOf(version).chainedKeys.filter(({key, plain}) =>
		plain === undefined ? Object.hasOwn(settings, key) : (settings[key] ?? null) === plain,
	);
	return {'cni-chaining-mode': 'portmap', ...Object.fromEntries(along.map(({key, chained}) => [key, chained]))};
}

/** portmap's rules would stay beside replacement as dead weight. */
function unchainedKeys(version: string, settings: Settings): Wanted {
	if (chainingModeOf(version, settings) !== 'portmap') return {};
	const along = releaseOf(version).chainedKeys.flatMap(({key, plain, chained}) =>
		plain !== undefined && (settings[key] ?? null) === chained ? [[key, plain]] : [],
	);
	return {'cni-chaining-mode': null, ...Object.fromEntries(along)};
}

function nativeKeys(version: string, settings: Settings, besideKubeProxy: boolean): Wanted {
	const unchained = unchainedKeys(version, settings);
	if (nativeHostPort(version, settings).state === 'on') return unchained;
	if (!besideKubeProxy)
		return {...unchained, 'kube-proxy-replacement': fullReplacement(version), ...releaseOf(version).fullReplacementKeys};
	return {
		...unchained,
		'kube-proxy-replacement': isVersion(version, '<1.14.0') ? 'partial' : 'false',
		'enable-node-port': 'true',
		'enable-host-port': 'true',
		// Beside kube-proxy both would listen on the health check's port: the agent logs “ListenAndServe failed for service health server”.
		'enable-health-check-nodeport': 'false',
		...(socketLoadBalancing(version, settings) === true ? {} : releaseOf(version).hostSocketKeys),
	};
}
