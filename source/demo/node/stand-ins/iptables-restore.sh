#!/bin/sh
# Stand-in for iptables-nft-restore and its like with --noflush: chains that are deleted are noted, and are gone when the
# node's tables are printed next. Nothing else is asked of it. Without the right to administer the network it fails as the
# real one does.
name=${0##*/}
if [ -z "$HOSTPORT_DEMO_NET_ADMIN" ]; then
	echo "$name v1.8.7: Could not fetch rule set generation id: Permission denied (you must be root)" >&2
	exit 4
fi
while read -r act chain rest; do
	[ "$act" != -X ] || echo "$chain"
done >>"$HOSTPORT_DEMO_ANSWERS/removed-chains"
