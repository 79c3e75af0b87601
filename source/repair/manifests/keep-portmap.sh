# The DaemonSet's process: keeps portmap in the node's folder of CNI binaries. $1: that folder as it is seen here;
# $2: a folder of its own; $3: seconds between two looks. The node is ready as long as $2/ready is there.
# Ends without taking the binary away: while a CNI config names portmap, no pod could start or stop without it.
files=${0%/*}
# Some shells write here-documents to a file, and the container's own file system is read-only.
TMPDIR=$2 export TMPDIR
. "$files/table.sh"
. "$files/portmap-source.sh"
binary() { sh "$files/portmap-binary.sh" "$@"; }
carried() { cat "$files/$1"/part-*; }

trap 'exit 0' TERM INT
while :; do
	if { [ -f "$2/portmap" ] || prepare "$2"; } && keep "$1" "$2"; then : >"$2/ready"; else rm -f "$2/ready" "$2/portmap"; fi
	sleep "$3" &
	wait $!
done
