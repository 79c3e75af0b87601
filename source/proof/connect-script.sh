# Behind connect.sh: connects from where it runs to every address it is given, in one round trip. $1: marker that begins each
# answer; $2: seconds for one connection; then four words a probe: id, TCP or UDP, address, port. A line `MARKER - WORDS` says why
# probes were omitted.
LC_ALL=C
export LC_ALL
marker=$1 limit=$2
shift 2
# Sixteen at a time: a node with many hostPorts is not to be flooded by its own proof, nor the latencies by each other.
connections "$marker" "$limit" 16 "$@"
