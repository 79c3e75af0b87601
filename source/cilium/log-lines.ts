/**
 * The agent says that it runs with `kube-proxy-replacement=disabled`; it never says so because of the kernel, though it reads like that
 * (daemon/cmd/kube_proxy_replacement.go, up to 1.11).
 */
export const autoDisabling = /Auto-disabling .*enable-host-port/;

/** An endpoint's device is not on the node any more; neither the node's own nor that of its health checks is meant (pkg/datapath/loader; 1.20.2). */
export const endpointDeviceGone = /retrieving device lxc[\da-f]+: Link not found/u;
