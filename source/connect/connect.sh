# The one way in which a node or a pod tries connections; whoever uses it puts its own script behind. The other side is
# connection.ts. Uses bash's /dev/tcp and /dev/udp, which the Cilium agent's image has, else any netcat, busybox's too, and then
# for TCP alone. Addresses are data: they never become part of a command's text.

# shellcheck disable=SC2016 # bash's own
connect_in_bash='
protocol=$1 address=$2 port=$3
began=${EPOCHREALTIME//[.,]/}
if [ "$protocol" = TCP ]; then
	exec 3<>"/dev/tcp/$address/$port" || exit 1
else
	exec 3<>"/dev/udp/$address/$port" || exit 1
	printf "hostport\n" >&3 || exit 1
	# A second datagram meets the refusal that the first one caused.
	IFS= read -r -t 0.3 -N 1 -u 3 _ || { [ $? -gt 128 ] && printf "hostport\n" >&3 && IFS= read -r -t 2 -N 1 -u 3 _; } || exit 2
fi
echo "ok $(( ${EPOCHREALTIME//[.,]/} - began ))"
'
connect_by_bash() { timeout "$connect_limit" bash -c "$connect_in_bash" connect "$@" 2>&1; }

# /proc/uptime: hundredths of a second are the best that a shell without bash can tell.
connect_clock() { read -r up _ </proc/uptime && echo "${up%.*}${up#*.}0000"; }
# shellcheck disable=SC2086 # netcat may be two words
connect_by_netcat() {
	began=$(connect_clock)
	# Netcats with -z only connect; busybox's without it runs a program once it has connected.
	if $netcat -h 2>&1 | grep -q -e '^[[:space:]]*-z'; then
		said=$(timeout "$connect_limit" $netcat -v -z -w "$connect_limit" "$2" "$3" </dev/null 2>&1)
	else
		said=$(timeout "$connect_limit" $netcat -w "$connect_limit" "$2" "$3" -e true </dev/null 2>&1)
	fi
	code=$?
	if [ "$code" -eq 0 ]; then echo "ok $(($(connect_clock) - began))"; else echo "$said"; fi
	return "$code"
}

# A line `PREFIX ID WORDS` for each connection, and `PREFIX - WORDS` where some were not tried, which says why.
# SECONDS: for one connection; AT-ONCE: so many at the same time. Four words a connection: ID, TCP or UDP, address, port.
connections() { # PREFIX SECONDS AT-ONCE [ID PROTOCOL ADDRESS PORT]…
	prefix=$1 connect_limit=$2 at_once=$3 netcat='' how=connect_by_bash running=0 unasked=0
	shift 3
	if ! command -v bash >/dev/null 2>&1; then
		how=connect_by_netcat
		for each in nc 'busybox nc'; do [ -n "$netcat" ] || ! command -v "${each%% *}" >/dev/null 2>&1 || netcat=$each; done
		if [ -z "$netcat" ]; then echo "$prefix - neither bash nor netcat is here"; return 0; fi
	fi
	if ! command -v timeout >/dev/null 2>&1; then echo "$prefix - no timeout is here"; return 0; fi
	while [ $# -ge 4 ]; do
		if [ "$how $2" = 'connect_by_netcat UDP' ]; then
			unasked=$((unasked + 1))
			shift 4
			continue
		fi
		(
			answer=$($how "$2" "$3" "$4")
			code=$?
			case $2:$code in
				TCP:124 | TCP:143) answer='timed out' ;;
				UDP:124 | UDP:143 | UDP:2) answer="no answer $answer" ;;
			esac
			case $answer in 'ok '* | 'timed out') ;; *) answer=$(printf '%s' "$answer" | head -c 500 | tr '\n' ' ') ;; esac
			echo "$prefix $1 $answer"
		) &
		shift 4
		running=$((running + 1))
		[ $((running % at_once)) -eq 0 ] && wait
	done
	wait
	[ "$unasked" -eq 0 ] || echo "$prefix - no bash is here, and without it UDP cannot be tried"
}
