nat_table() { # BUILD-FAMILY COMMAND…
	say nat "$1"
	echo
	shift
	if have "$1"; then answer_of 10 "$@"; else say status 127; fi
	echo
}

# All tables of each build: naming one would load the legacy build's module and so make a table that was not there.
nat_tables() {
	if have iptables-nft-save || have iptables-legacy-save || ! have iptables-save; then
		nat_table nft-4 iptables-nft-save
		nat_table nft-6 ip6tables-nft-save
		nat_table legacy-4 iptables-legacy-save
		nat_table legacy-6 ip6tables-legacy-save
	else # a distribution with one build only
		case $(iptables -V 2>/dev/null) in *nf_tables*) build=nft ;; *) build=legacy ;; esac
		nat_table "$build-4" iptables-save
		nat_table "$build-6" ip6tables-save
	fi
}

# The table of portmap's own nftables backend (plug-ins 1.6.0 and later), the names of all tables, and all that stands in them.
nftables() {
	have nft || return 0
	say nftables tables
	echo
	answer_of 10 nft list tables | head -c 16384
	for family in ip ip6; do
		say nftables "$family"
		echo
		answer_of 10 nft list table "$family" cni_hostport | head -c 1048576
	done
	say nftables ruleset
	echo
	answer_of 10 nft -j list ruleset | head -c 4194304
}
