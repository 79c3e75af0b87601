/** What a test pod of ours listens at. */
export const containerPort = 8080;

/** Exit code where the image has nothing that listens. */
export const nothingListens = 7;

/** Cilium's own image has the responder of its health checks (cilium-health/responder); busybox stands for others, with nothing to give away. */
export const listeningScript = `command -v cilium-health-responder >/dev/null && exec cilium-health-responder --pidfile /tmp/responder.pid --listen ${containerPort}
command -v busybox >/dev/null && mkdir -p /tmp/empty && exec busybox httpd -f -p ${containerPort} -h /tmp/empty
echo 'the image has nothing that listens' >&2
exit ${nothingListens}`;
