# The port range too: the shell's own `read` takes one byte at a time, of which procfs answers only the first.
listeners() {
	set --
	for entry in net/tcp net/tcp6 net/udp net/udp6 sys/net/ipv4/ip_local_port_range; do
		[ -r "$proc/$entry" ] && set -- "$@" "$proc/$entry"
	done
	if [ $# -eq 0 ]; then say error "$proc: no socket tables"; return 0; fi
	say listeners
	echo
	awk 'FNR == 1 { table = FILENAME; sub(/.*\//, "", table) }
		table ~ /^ip_/ { print table, $0; next }
		FNR > 1 && $4 == (table ~ /^tcp/ ? "0A" : "07") && ++count <= 20000 { print table, $2 }' "$@" 2>&1
}

# Addresses that the node takes for its own: the routing tables' LOCAL ones, and those of IPv6 interfaces.
local_addresses() {
	[ -r "$proc/net/fib_trie" ] || return 0
	say local
	echo
	awk '/\|-- / { address = $NF } /\/32 host LOCAL/ && !told[address]++ { print address }' "$proc/net/fib_trie" 2>&1 | head -n 2000
	[ ! -r "$proc/net/if_inet6" ] || awk '{ gsub(/..../, "&:", $1); print substr($1, 1, 39) }' "$proc/net/if_inet6" 2>&1 | head -n 2000
}

# The device of each address that others may reach.
address_devices() {
	have ip || return 0
	limited 5 ip -o addr show scope global 2>/dev/null | awk '
		$3 ~ /^inet6?$/ && ++count <= 64 { sub(/\/.*/, "", $4); sub(/@.*/, "", $2); print $2, $4 }' | while read -r device address; do
		say fact "device:$address $device"
	done
}

# Whether SELinux decides, and what it takes portmap and its folder for.
selinux() {
	for entry in "$root/sys/fs/selinux/enforce" /sys/fs/selinux/enforce; do
		[ -r "$entry" ] || continue
		case $(cat "$entry") in 1) say fact 'selinux enforcing' ;; *) say fact 'selinux permissive' ;; esac
		[ ! "$bin" ] || for entry in "$bin" "$bin/portmap"; do
			label=$(stat -L -c %C "$entry" 2>/dev/null)
			case $label in *:*:*) say fact "selinux:${entry#"$bin"} $label" ;; esac
		done
		return 0
	done
}

# kube-proxy's interface in IPVS mode, a kernel that passes nothing on or filters by the way back on every device, and the devices of the default routes.
network() {
	! grep -q 'kube-ipvs0:' "$proc/net/dev" 2>/dev/null || say fact 'kube-ipvs0 present'
	! grep -qx 0 "$proc/sys/net/ipv4/ip_forward" 2>/dev/null || say fact 'ip_forward off'
	! grep -qx 1 "$proc/sys/net/ipv4/conf/all/rp_filter" 2>/dev/null || say fact 'rp_filter strict'
	devices=$({
		awk '$2 == "00000000" && $8 == "00000000" { print $1 }' "$proc/net/route"
		awk '$1 $2 ~ /^0+$/ && $10 != "lo" { print $10 }' "$proc/net/ipv6_route"
	} 2>/dev/null | sort -u | head -n 16 | tr '\n' ' ')
	[ ! "$devices" ] || say fact "default-devices ${devices% }"
}

# What conntrack holds of UDP: whoever sends on from one source port keeps to where the first packet went.
udp_connections() {
	[ -r "$proc/net/nf_conntrack" ] || return 0
	say udp
	echo
	awk '$3 == "udp" && ++count <= 20000 { line = ""; for (i = 5; i <= NF; i++) if ($i ~ /^(src|dst|dport)=/) line = line " " $i; print line }' \
		"$proc/net/nf_conntrack" 2>&1 | sort | uniq | head -c 524288
}

# All at the same time: what is dropped costs its two seconds once. The last goes to the node itself and is answered at once, unless the
# node is too busy to tell delay from silence.
probes() {
	set --
	for target in $targets; do
		case $target in *[!0-9a-fA-F.:,]*) continue ;; esac
		address=${target%%,*} ports=${target#*,}
		while [ "$ports" ]; do
			port=${ports%%,*}
			ports=${ports#"$port"}
			ports=${ports#,}
			set -- "$@" "$address,$port" TCP "$address" "$port"
		done
	done
	said=$(connections to 2 128 "$@" control TCP 127.0.0.1 1)
	say probes
	echo
	echo "$said"
	[ ! "$agent" ] || [ ! "$sys" ] || case $said in *'timed out'* | *nreachable* | *'No route'*) interfaces ;; esac
}

# The host's end of each interface of the pods that were connected to, by the agent's table of its pods.
# shellcheck disable=SC2086
interfaces() {
	limited 5 $cilium bpf endpoint list 2>/dev/null |
		awk 'match($0, /ifindex=[0-9]+/) { address = $1; sub(/:[0-9]+$/, "", address); print substr($0, RSTART + 8, RLENGTH - 8), address }' |
		while read -r index address; do
			case $said in *" $address,"*) ;; *) continue ;; esac
			for entry in "$sys"/class/net/*; do
				{ read -r own <"$entry/ifindex"; } 2>/dev/null && [ "$own" = "$index" ] || continue
				{ read -r state <"$entry/operstate"; } 2>/dev/null && say fact "interface-of-$address ${entry##*/} is $state"
			done
		done
}
