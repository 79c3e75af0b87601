# shellcheck shell=bash disable=SC2034
# What the scripts of this folder share; sourced, never run.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CACHE=${CLUSTER_CACHE:-$HOME/.cache/hostport-cluster} # binaries, image folders and image archives: kept from run to run
# Everything of the running cluster; `down` removes it whole.
RUN=${CLUSTER_RUN:-/tmp/hostport-cluster-${CLUSTER_INSTANCE:-0}}
# Clusters side by side: addresses 10.88.N.0/24, bridge hpbrN, namespaces hpN-node-1.
INSTANCE=$(cat "$RUN/instance" 2>/dev/null || echo "${CLUSTER_INSTANCE:-0}"); ETCD=$((12379 + INSTANCE * 10)); PEER=$((12380 + INSTANCE * 10)); API=10.88.$INSTANCE.1
KUBERNETES=$(cat "$RUN/kubernetes" 2>/dev/null || echo "${KUBERNETES:-1.36}")
case $KUBERNETES in 1.36 | 1.20) ;; *) echo "no Kubernetes $KUBERNETES here, only 1.36 and 1.20" >&2; exit 1 ;; esac
BIN=$CACHE/bin; [ "$KUBERNETES" != 1.20 ] || BIN=$CACHE/kubernetes-1.20
declare -A CLANG=([1.20.2]=clang-19 [1.15.19]=clang-16) # the real versions there are, and the compiler that each one's eBPF sources want
STAND_INS=(1.10.16 1.17.4 1.18.2 1.19.6) # the versions that the stand-in agent can play

fail() { echo "$(basename "$0"): $*" >&2; exit 1; }
real() { [ -n "${CLANG[$1]:-}" ]; }
known() { real "$1" || [[ " ${STAND_INS[*]} " == *" $1 "* ]] || fail "no Cilium $1 here, only ${!CLANG[*]} and, played by the stand-in, ${STAND_INS[*]}"; }
# minor 1.17.4 → 17
minor() { local rest=${1#1.}; echo "${rest%%.*}"; }
# With CLUSTER_IPV6=1 `up` makes a cluster of both families: an IPv6 address for each node and each pod.
dual() { [ "${CLUSTER_IPV6:-}" = 1 ] || [ -e "$RUN/ipv6" ]; }
SIX=fd00:88:$INSTANCE
# wait_for SECONDS WHAT COMMAND…: tries the command until it succeeds.
wait_for() { local seconds=$1 what=$2; shift 2; local deadline=$((SECONDS + seconds)); until "$@" >/dev/null 2>&1; do [ "$SECONDS" -lt "$deadline" ] || fail "waited $seconds s in vain for $what"; sleep 0.3; done; }
# unchanged FILE WORD…: whether FILE was made from the same words; `made` notes that it was.
unchanged() { local file=$1; shift; [ -e "$file" ] && [ "$(cat "$file.made-from" 2>/dev/null)" = "$(sum "$@")" ]; }
made() { local file=$1; shift; sum "$@" >"$file.made-from"; }
sum() { printf '%s\n' "$@" | sha256sum | cut -d' ' -f1; }
