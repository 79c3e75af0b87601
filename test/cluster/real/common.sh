# shellcheck shell=bash disable=SC2034
# What the scripts of this folder share; sourced, never run.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CACHE=${REAL_CLUSTER_CACHE:-$HOME/.cache/hostport-real} # binaries, image folders and image archives: kept from run to run
BIN=$CACHE/bin
CLUSTER_INSTANCE=${CLUSTER_INSTANCE:-0}; ETCD=$((12379 + CLUSTER_INSTANCE * 10)); PEER=$((12380 + CLUSTER_INSTANCE * 10))
# Everything of the running cluster; `down` removes it whole.
RUN=/tmp/hostport-real-$CLUSTER_INSTANCE
declare -A CLANG=([1.20.2]=clang-19 [1.15.19]=clang-16) # the versions there are, and the compiler that each one's eBPF sources want
# With CLUSTER_IPV6=1 `up` makes a cluster of both families: an IPv6 address for each node and each pod.
dual() { [ "${CLUSTER_IPV6:-}" = 1 ] || [ -e "$RUN/ipv6" ]; }
SIX=fd00:88:$CLUSTER_INSTANCE
fail() { echo "$(basename "$0"): $*" >&2; exit 1; }
known() { [ -n "${CLANG[$1]:-}" ] || fail "no Cilium $1 here, only ${!CLANG[*]}"; }
wait_for() { local seconds=$1 what=$2; shift 2; local deadline=$((SECONDS + seconds)); until "$@" >/dev/null 2>&1; do [ "$SECONDS" -lt "$deadline" ] || fail "waited $seconds s in vain for $what"; sleep 0.3; done; }
