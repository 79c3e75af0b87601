# shellcheck shell=bash disable=SC2034
# What the scripts of this folder share; sourced, never run.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Kept from one run to the next: the binaries that `build` made and the image archives that `images` made.
CACHE=${CLUSTER_CACHE:-$HOME/.cache/hostport-cluster}
BIN=$CACHE/bin
IMAGES=$CACHE/node-images
# Everything of the running cluster; `down` removes it whole.
RUN=${CLUSTER_RUN:-/tmp/hostport-cluster}
# The Cilium releases that the stand-in agent can play.
VERSIONS=(1.10.16 1.17.4 1.19.6)

# With CLUSTER_IPV6=1 `up` makes a cluster of both families: an IPv6 address for each node and each pod.
dual() { [ "${CLUSTER_IPV6:-}" = 1 ] || [ -e "$RUN/ipv6" ]; }

fail() { echo "$(basename "$0"): $*" >&2; exit 1; }

# wait_for SECONDS WHAT COMMAND…: tries the command five times a second until it succeeds.
wait_for() {
  local seconds=$1 what=$2; shift 2
  local deadline=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || fail "waited $seconds s in vain for $what"
    sleep 0.2
  done
}

known_version() { local v; for v in "${VERSIONS[@]}"; do [ "$v" = "$1" ] && return; done; fail "the stand-in cannot play Cilium $1, only ${VERSIONS[*]}"; }

# minor 1.17.4 → 17
minor() { local rest=${1#1.}; echo "${rest%%.*}"; }
