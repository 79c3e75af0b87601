# Tells which connections to an address end at the pod of a hostPort instead: portmap's rules count what they take, and
# these connections are ours. $1: marker that begins each answer; then three words a question: id, address, TCP port.
# Answer: `MARKER ID COUNT TRIES`; no answer where the address is not this node's own, because portmap's rules match none else.
# Rules of portmap's nftables form (table cni_hostport) bear no counters; nothing is told of them.
marker=$1 tries=3
shift

# taken PORT: connections that any rule of portmap has taken for this port since it was made, in both iptables worlds.
# No table is named: the legacy build makes the one that it is asked for.
taken() {
	for save in iptables-nft-save iptables-legacy-save ip6tables-nft-save ip6tables-legacy-save; do "$save" -c 2>/dev/null; done | counted "$1"
}
counted() {
	sed -n "s/^\[\([0-9]*\):[0-9]*\] -A CNI-DN-[^ ]* .*--dport $1 .*-j DNAT .*/\1/p" | {
		sum=0
		while read -r count; do sum=$((sum + count)); done
		echo "$sum"
	}
}
if ! command -v iptables-nft-save >/dev/null 2>&1 && ! command -v iptables-legacy-save >/dev/null 2>&1; then
	taken() { for save in iptables-save ip6tables-save; do "$save" -c 2>/dev/null; done | counted "$1"; }
fi

while [ $# -ge 3 ]; do
	id=$1 address=$2 port=$3
	shift 3
	[ -n "$(ip -o addr show to "$address" 2>/dev/null)" ] || continue
	before=$(taken "$port")
	for _ in $(seq "$tries"); do timeout 3 bash -c 'exec 3<>"/dev/tcp/$1/$2"' connect "$address" "$port" 2>/dev/null; done
	echo "$marker $id $(($(taken "$port") - before)) $tries"
done
