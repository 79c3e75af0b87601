#!/bin/sh
# Stand-in for bash: the machine's own, but for its /dev/tcp and /dev/udp. The demo's addresses may belong to someone where
# the demo runs, so no connection leaves: the last two words, address and port, are looked up among the node's open ports.
case "$*" in
*/dev/tcp/* | */dev/udp/*)
	while [ $# -gt 2 ]; do shift; done
	grep -q -x -F -e "$1 $2" "$HOSTPORT_DEMO_ANSWERS/open-ports" && exit 0
	echo 'bash: connect: Connection refused' >&2
	exit 1
	;;
esac
bash=$(PATH=${PATH#*:} && command -v bash) || exit 127
exec "$bash" "$@"
