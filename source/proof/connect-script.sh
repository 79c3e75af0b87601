# Connects from where it runs to every address it is given, in one round trip. Uses bash's /dev/tcp and /dev/udp, which the
# Cilium agent's image has, else any netcat, busybox's too, and then for TCP alone. $1: marker that begins each answer;
# $2: seconds for one connection; then four words a probe: id, TCP or UDP, address, port. Addresses are data: they never
# become part of a command's text. A line `MARKER - WORDS` says why probes were left out.
marker=$1 limit=$2
shift 2
LC_ALL=C
export LC_ALL

# shellcheck disable=SC2016 # bash's own
connect='
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
by_bash() { timeout "$limit" bash -c "$connect" connect "$@" 2>&1; }

# /proc/uptime: hundredths of a second are the best that a shell without bash can tell.
microseconds() { read -r up _ </proc/uptime && echo "${up%.*}${up#*.}0000"; }
# shellcheck disable=SC2086 # netcat may be two words
by_netcat() {
	began=$(microseconds)
	# Netcats with -z only connect; busybox's without it runs a program once it has connected.
	if $netcat -h 2>&1 | grep -q -e '^[[:space:]]*-z'; then
		said=$(timeout "$limit" $netcat -v -z -w "$limit" "$2" "$3" </dev/null 2>&1)
	else
		said=$(timeout "$limit" $netcat -w "$limit" "$2" "$3" -e true </dev/null 2>&1)
	fi
	code=$?
	if [ "$code" -eq 0 ]; then echo "ok $(($(microseconds) - began))"; else echo "$said"; fi
	return "$code"
}

netcat='' how=by_bash
if ! command -v bash >/dev/null 2>&1; then
	how=by_netcat
	for each in nc 'busybox nc'; do [ -n "$netcat" ] || ! command -v "${each%% *}" >/dev/null 2>&1 || netcat=$each; done
	[ -n "$netcat" ] || { echo "$marker - neither bash nor netcat is here"; exit 0; }
fi

running=0 unasked=0
while [ $# -ge 4 ]; do
	if [ "$how $2" = 'by_netcat UDP' ]; then
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
		answer=$(printf '%s' "$answer" | head -c 500 | tr '\n' ' ')
		echo "$marker $1 $answer"
	) &
	shift 4
	running=$((running + 1))
	# Sixteen at a time: a node with many hostPorts is not to be flooded by its own proof, nor the latencies by each other.
	[ $((running % 16)) -eq 0 ] && wait
done
wait
[ "$unasked" -eq 0 ] || echo "$marker - no bash is here, and without it UDP cannot be tried"
