# Connects from where it runs to every address it is given, in one round trip. Needs bash for /dev/tcp and /dev/udp,
# which the Cilium agent's image has. $1: marker that begins each answer; $2: seconds for one connection;
# then four words a probe: id, TCP or UDP, address, port. Addresses are data: they never become part of a command's text.
marker=$1 limit=$2
shift 2
command -v bash >/dev/null 2>&1 || { echo "$marker - no bash here"; exit 0; }

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
running=0
while [ $# -ge 4 ]; do
	(
		answer=$(timeout "$limit" bash -c "$connect" connect "$2" "$3" "$4" 2>&1)
		code=$?
		case $2:$code in
			TCP:124 | TCP:143) answer='timed out' ;;
			UDP:124 | UDP:143 | UDP:2) answer="no answer $answer" ;;
		esac
		answer=$(printf '%s' "$answer" | tr '\n' ' ')
		echo "$marker $1 $answer"
	) &
	shift 4
	running=$((running + 1))
	# Thirty-two at a time: a node with many hostPorts is not to be flooded by its own proof.
	[ $((running % 32)) -eq 0 ] && wait
done
wait
