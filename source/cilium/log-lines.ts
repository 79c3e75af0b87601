/**
 * The agent says that it runs with `kube-proxy-replacement=disabled`; it never says so because of the kernel, though it reads like that
 * (daemon/cmd/kube_proxy_replacement.go, up to 1.11).
 */
export const autoDisabling = /Auto-disabling .*enable-host-port/;
