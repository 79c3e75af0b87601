#!/bin/sh
# Stand-in for bash: the machine's own, but for its /dev/tcp and /dev/udp. The demo's addresses may belong to someone where
# the demo runs, so no connection leaves: the demo's own network (network.ts) makes it, and this hands on its answer.
bash=$(PATH=${PATH#*:} && command -v bash) || { echo 'bash: not found on this machine' >&2; exit 127; }
case "$*" in
*/dev/tcp/* | */dev/udp/*)
	# `-c SCRIPT connect [PROTOCOL] ADDRESS PORT`
	shift 3
	[ $# -eq 3 ] || set -- TCP "$@"
	# shellcheck disable=SC2016 # bash's own
	exec "$bash" -c '
		exec 3<>"/dev/tcp/127.0.0.1/$HOSTPORT_DEMO_NETWORK" || exit 1
		echo "$HOSTPORT_DEMO_NODE $1 $2 $3" >&3
		IFS= read -r answer <&3
		case $answer in
		ok*) echo "$answer" ;;
		*) echo "bash: connect: $answer" >&2; exit 1 ;;
		esac' network "$@"
	;;
esac
exec "$bash" "$@"
