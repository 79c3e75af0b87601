/**
 * Plugins that call the one of their `ipam.type` by itself (containernetworking/plugins and flannel-io/cni-plugin; Azure’s, Calico’s; Cilium’s with
 * ipam=delegated-plugin to add, whatever the mode to delete: plugins/cilium-cni/cmd/cmd.go, 1.20.2).
 */
const callIpam = /^(?:cilium-cni|bridge|ptp|macvlan|ipvlan|vlan|host-device|azure-vnet|calico)$/u;
/** What `ipam.type` may name that is no program: azure-vnet asks the service of that name itself (Azure/azure-container-networking, cni/network). */
const noProgram = /^azure-cns$/u;

/** Programs that a plugin starts itself, which the runtime searches in the same folders. */
export function helpersOf(plugin: Record<string, unknown>): readonly string[] {
	const {type, ipam, delegate} = plugin;
	if (typeof type !== 'string') return [];
	// flannel hands the network to another plugin, `bridge` unless told otherwise, with addresses from host-local.
	if (type === 'flannel') {
		const name = typeOf(delegate);
		return name === '' ? ['bridge', 'host-local'] : [name];
	}

	const name = callIpam.test(type) ? typeOf(ipam) : '';
	return name === '' || noProgram.test(name) ? [] : [name];
}

const typeOf = (value: unknown): string =>
	typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' ? value.type : '';

/**
 * Why portmap refuses an entry whatever pod it is called for; empty where nothing is known to be wrong (containernetworking/plugins,
 * plugins/meta/portmap/main.go, parseConfig, 0.6 to 1.9). What it reads there are two booleans, a number, a text and lists of texts.
 */
export function portmapRefusal(plugin: Record<string, unknown>): string {
	const {markMasqBit = null, externalSetMarkChain = null} = plugin;
	if (markMasqBit !== null && externalSetMarkChain !== null) return 'markMasqBit and externalSetMarkChain exclude each other';
	if (markMasqBit !== null && !(Number.isInteger(markMasqBit) && Number(markMasqBit) >= 0 && Number(markMasqBit) <= 31)) {
		return 'markMasqBit is no number from 0 to 31';
	}

	if (externalSetMarkChain !== null && typeof externalSetMarkChain !== 'string') return 'externalSetMarkChain is no text';
	for (const key of ['snat', 'masqAll'] as const) {
		if (![undefined, null, true, false].includes(plugin[key] as never)) return `${key} is neither true nor false`;
	}

	for (const key of ['conditionsV4', 'conditionsV6'] as const) {
		const value = plugin[key] ?? [];
		if (!(Array.isArray(value) && value.every(each => typeof each === 'string'))) return `${key} is no list of texts`;
	}

	return '';
}
