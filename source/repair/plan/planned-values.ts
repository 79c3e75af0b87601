import {keysOfReleases} from '../../cilium/releases.ts';
import {nativeHostPort} from '../../cilium/native-host-port.ts';
import {isVersion} from '../../cilium/version.ts';

/** Everything that wanted-keys.ts may write. */
const plannedKeys: ReadonlySet<string> = new Set([
	'cni-chaining-mode',
	'kube-proxy-replacement',
	'enable-node-port',
	'enable-host-port',
	'enable-health-check-nodeport',
	...keysOfReleases(),
]);

/** Chaining modes that an agent knows (daemon/cmd/cni/config.go and plugins/cilium-cni/chaining, 1.8 to 1.20). */
const chainingModes: ReadonlySet<string> = new Set(['none', 'portmap', 'generic-veth', 'aws-cni', 'azure', 'flannel', 'alibaba-cni']);

/** Whether a repair of this program writes this key of cilium-config at all. */
export function isPlannedKey(key: string): boolean {
	return plannedKeys.has(key);
}

/**
 * Whether undoing a change puts this value back unasked: the agents take it, and a repair may have begun with it. No repair begins with
 * another plug-in's chaining mode (`diagnosis/refusals.ts`), nor does it turn full kube-proxy replacement off.
 */
export function mayHaveBeen(version: string, key: string, value: string | null): boolean {
	if (!isAcceptedValue(version, key, value)) return false;
	if (key === 'cni-chaining-mode') return value === null || ['none', 'portmap'].includes(value.toLowerCase());
	return key !== 'kube-proxy-replacement' || nativeHostPort(version, value === null ? {} : {[key]: value}).because !== 'replacement';
}

/**
 * Whether an agent of this version takes this value for one of the planner's keys; null: the key is absent, which every agent takes
 * (`kube-proxy-replacement`: disabled, partial, probe and strict until 1.15, true and false from
 * 1.14; daemon/option and charts).
 */
export function isAcceptedValue(version: string, key: string, value: unknown): boolean {
	if (value === null) return isPlannedKey(key);
	if (typeof value !== 'string' || !isPlannedKey(key)) return false;
	if (key === 'cni-chaining-mode')
		return chainingModes.has(value) || (isVersion(version, '>=1.17.0') && chainingModes.has(value.toLowerCase()));
	if (key === 'kube-proxy-replacement') {
		const old = isVersion(version, '<1.16.0') && ['disabled', 'partial', 'probe', 'strict'].includes(value);
		return old || (isVersion(version, '>=1.14.0') && ['true', 'false'].includes(value));
	}

	if (key === 'kube-proxy-replacement-healthz-bind-address') return /^(?:|[\da-fA-F.:[\]]{2,45}:\d{1,5})$/u.test(value);
	return /^(?:true|false|)$/u.test(value);
}
