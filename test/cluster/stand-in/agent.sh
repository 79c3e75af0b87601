#!/bin/bash
# Stand-in for the Cilium agent: reads its configuration once at start, writes the CNI file that the
# version named in $STAND_IN_VERSION writes, and reports hostPort the way that version decides it.
# It has no datapath of its own: pods are wired by the reference bridge plugin, and entries for hostPorts are listed only.
OUT=/host/etc/cni/net.d
rm -rf /tmp/effective; cp -rL /tmp/cilium/config-map /tmp/effective
# Overrides for this node, one `key=value` a line: from the CiliumNodeConfigs that name it. Asked once, before anything else, as
# the init container of 1.13 and later does; without an answer it does not start.
node_configs() {
  local own=/var/run/secrets/kubernetes.io/serviceaccount answer=
  [ "${STAND_IN_NODE_CONFIGS:-}" = true ] || return 0
  until [[ $answer == HTTP/1.?' '[24]0[04]* ]]; do
    answer=$(printf 'GET /apis/cilium.io/v2/namespaces/kube-system/ciliumnodeconfigs HTTP/1.0\r\nAccept: application/json\r\nAuthorization: Bearer %s\r\n\r\n' "$(cat $own/token)" |
      openssl s_client -quiet -verify_return_error -CAfile $own/ca.crt -connect "$STAND_IN_API" 2>/dev/null)
    [ -n "$answer" ] || sleep 1
  done
  # The server sorts the keys of an object of its own kinds.
  grep -o '"spec":{"defaults":{[^}]*},"nodeSelector":{"matchLabels":{[^}]*}}' <<<"$answer" | grep -F "\"kubernetes.io/hostname\":\"$STAND_IN_NODE\"" |
    sed 's/^"spec":{"defaults":{//; s/}.*//' | tr ',' '\n' | tr -d '"' | sed 's/:/=/'
}
for pair in $(node_configs) ${STAND_IN_NODE_CONFIG:-}; do echo "${pair#*=}" >"/tmp/effective/${pair%%=*}"; done
minor=${STAND_IN_VERSION#1.}; minor=${minor%%.*}
get() { cat "/tmp/effective/$1" 2>/dev/null || echo "$2"; }
log() { echo "level=info msg=\"$1\" subsys=$2"; }

# --- what this version makes of its configuration
mode=$(get cni-chaining-mode none); exclusive=$(get cni-exclusive true); custom=$(get custom-cni-conf false)
[ "$minor" -le 13 ] && default=partial || default=false
replacement=$(get kube-proxy-replacement "$default")
hostport=Disabled
case $replacement in
  strict|true) hostport=Enabled ;;
  partial|probe|false)
    # Without enable-node-port hostPort is switched off in silence; 1.19 removed the two keys.
    if [ "$minor" -le 18 ] && [ "$(get enable-host-port false)" = true ] && [ "$(get enable-node-port false)" = true ]; then hostport=Enabled; fi ;;
esac
echo "$hostport" >/tmp/hostport; echo "$replacement" >/tmp/replacement; echo "$mode" >/tmp/chaining
log "Cilium $STAND_IN_VERSION (stand-in)" daemon
if [ "$replacement" = disabled ] && [ "$minor" -le 11 ]; then
  log 'Auto-disabling \"enable-node-port\", \"enable-external-ips\", \"enable-host-reachable-services\", \"enable-host-port\", \"enable-session-affinity\" features and falling back to \"enable-host-legacy-routing\"' daemon
fi

# --- the CNI file
plain() { # in the form of a single plugin, up to 1.13
  printf '{\n  "cniVersion": "0.3.1",\n  "name": "cilium",\n  "type": "cilium-cni",\n  "enable-debug": false%s\n}\n' "$logfile"; }
plain_list() {
  printf '{\n  "cniVersion": "0.3.1",\n  "name": "cilium",\n  "plugins": [\n    {\n      "type": "cilium-cni",\n      "enable-debug": false%s\n    }\n  ]\n}\n' "$logfile"; }
portmap_list() {
  local name=""; [ "$minor" -le 13 ] && name='"name": "cilium",
      '
  cat <<J
{
  "cniVersion": "0.3.1",
  "name": "portmap",
  "plugins": [
    {
      ${name}"type": "cilium-cni",
      "enable-debug": false$logfile
    },
    {
      "type": "portmap",
      "capabilities": {"portMappings": true}
    }
  ]
}
J
}
if [ "$minor" -le 13 ] && [ "$mode" != portmap ]; then form=plain; file=05-cilium.conf; logfile_indent='  '
else
  file=05-cilium.conflist; logfile_indent='      '
  [ "$mode" = portmap ] && form=portmap_list || form=plain_list
fi
logfile=""; [ "$minor" -ge 12 ] && logfile=$',\n'$logfile_indent'"log-file": "/var/run/cilium/cilium-cni.log"'

write_file() {
  $form >"$OUT/.05-cilium.tmp"; mv "$OUT/.05-cilium.tmp" "$OUT/$file"
  local other name
  for other in "$OUT"/*.conf "$OUT"/*.conflist "$OUT"/*.json; do
    name=$(basename "$other")
    if [ ! -f "$other" ] || [ "$name" = "$file" ]; then continue; fi
    if [ "$minor" -le 13 ] && [[ $name == *cilium* ]]; then rm -f "$other"
    elif [ "$exclusive" = true ]; then log "Renaming non-Cilium CNI configuration file $name to $name.cilium_bak" cni-config; mv "$other" "$other.cilium_bak"; fi
  done
  # Up to 1.13 a script beside the agent writes the file, and it does not log.
  [ "$minor" -ge 14 ] && log "Wrote CNI configuration file to $OUT/$file" cni-config
}
if [ -d /host/opt/cni/bin ]; then cp /opt/stand-in/cilium-cni /host/opt/cni/bin/.cilium-cni.tmp && mv /host/opt/cni/bin/.cilium-cni.tmp /host/opt/cni/bin/cilium-cni; fi
if [ "$custom" != true ]; then
  [ "$minor" -ge 14 ] && log "Generating CNI configuration file with mode $mode" cni-config
  write_file
fi
touch /tmp/ready

# --- from 1.14 on the agent guards its file
trap 'exit 0' TERM INT
while :; do
  sleep 1 & wait $!
  if [ "$minor" -lt 14 ] || [ "$exclusive" != true ] || [ "$custom" = true ]; then continue; fi
  if [ "$($form)" != "$(cat "$OUT/$file" 2>/dev/null)" ]; then
    log "Activity in $OUT/, re-generating CNI configuration" cni-config; write_file
  fi
done
