/** Whether a plugin is Multus: `multus`, `multus-shim`, or the older `multus-cni` (k8snetworkplumbingwg/multus-cni). It hands the pod on to another network's plugins. */
export const isMultus = (plugin: unknown): boolean => typeof plugin === 'string' && plugin.startsWith('multus');
