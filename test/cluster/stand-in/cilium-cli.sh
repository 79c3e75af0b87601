#!/bin/bash
# Stand-in for the command line inside the agent container (`cilium`; `cilium-dbg` from 1.15 on).
minor=${STAND_IN_VERSION#1.}; minor=${minor%%.*}
hostport=$(cat /tmp/hostport 2>/dev/null || echo Disabled); replacement=$(cat /tmp/replacement 2>/dev/null); mode=$(cat /tmp/chaining 2>/dev/null)
written='successfully wrote CNI configuration file to /host/etc/cni/net.d/05-cilium.conflist'
case "$*" in
  "status --verbose"*|"status --all-addresses --verbose"*)
    nodeport=$hostport; [ "$hostport" = Enabled ] && nodeport='Enabled (Range: 30000-32767) '
    echo 'KVStore:                 Ok   Disabled'
    echo 'Kubernetes:              Ok   1.36 (v1.36.3) [linux/amd64]'
    echo "KubeProxyReplacement:    ${replacement^}"
    [ "$minor" -lt 14 ] || printf 'CNI Chaining:            %s\nCNI Config file:         %s\n' "$mode" "$written"
    cat <<T
Cilium:                  Ok   $STAND_IN_VERSION (v$STAND_IN_VERSION-standin)
KubeProxyReplacement Details:
  Status:                ${replacement^}
  Session Affinity:      Disabled
  Services:
  - ClusterIP:      Enabled
  - NodePort:       $nodeport
  - LoadBalancer:   $hostport
  - externalIPs:    $hostport
  - HostPort:       $hostport
T
    ;;
  "status -o json"*|"status --output json"*|"status -o=json"*)
    # `enabled` is omitted where it is false; the two cni fields came with 1.14.
    features='{"hostPort":{},"nodePort":{}}' devices=
    # An address that is served stands with its device, as in the recordings.
    [ "$hostport" = Enabled ] && features='{"hostPort":{"enabled":true},"nodePort":{"enabled":true,"portMin":30000,"portMax":32767}}' devices="\"devices\":[\"eth0\"],\"deviceList\":[{\"ip\":[\"$STAND_IN_ADDRESS\"],\"name\":\"eth0\"}],"
    cni=; [ "$minor" -lt 14 ] || cni=",\"cni-chaining\":{\"mode\":\"$mode\"},\"cni-file\":{\"msg\":\"$written\",\"state\":\"Ok\"}"
    echo "{\"cilium\":{\"msg\":\"$STAND_IN_VERSION (v$STAND_IN_VERSION-standin)\",\"state\":\"Ok\"},\"kube-proxy-replacement\":{\"mode\":\"${replacement^}\",$devices\"features\":$features}$cni}" ;;
  status*) echo "KubeProxyReplacement:    ${replacement^}" ;;
  "service list -o json"*) exec host-ports service-json ;;
  "service list"*) exec host-ports service-text ;;
  "bpf lb list -o json"*) exec host-ports bpf-json ;;
  "bpf lb list"*) exec host-ports bpf-text ;;
  version*) printf 'Client: %s\nDaemon: %s\n' "$STAND_IN_VERSION" "$STAND_IN_VERSION" ;;
  *) echo "Error: unknown command \"$*\" for \"cilium\"" >&2; exit 1 ;;
esac
