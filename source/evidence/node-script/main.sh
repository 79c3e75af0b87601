main() {
	marker='' conf='' bin='' agent='' nat='' proc='' sys='' targets='' root='' timeout=''
	for word; do
		case $word in
		marker=*) marker=${word#*=} ;;
		conf=*) conf=${word#*=} ;;
		bin=*) bin=${word#*=} ;;
		agent=*) agent=${word#*=} ;;
		nat=1) nat=1 ;;
		proc=*) proc=${word#*=} ;;
		sys=*) sys=${word#*=} ;;
		connect=*) targets="$targets ${word#*=}" ;;
		root=*) root=${word#*=} ;;
		esac
	done
	have timeout && timeout=1
	say clock
	date +%s
	say uname
	uname -rm
	[ ! "$conf" ] || folder conf "$conf"
	[ ! "$bin" ] || folder bin "$bin"
	say rest
	echo
	# Of nat all but the chains of kube-proxy, Cilium and Calico, of which there are thousands; of those the way from outside to a Service.
	[ ! "$nat" ] || nat_tables | awk -v marker="$marker " '
		/^\*/ { nat = $0 == "*nat" }
		index($0, marker) == 1 || /CNI-/ || /^[^-:#]/ ||
		/^:(KUBE-SERVICES|KUBE-NODEPORTS|KUBE-PROXY-CANARY|KUBE-KUBELET-CANARY|KUBE-IPTABLES-HINT|FORWARD DROP) / ||
		/^-A (PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING) / || /^-A .* -j (DROP|REJECT|NOTRACK|CT --notrack)( |$)/ ||
		/^(:|-A )KUBE-(HOSTPORTS|HP-)/ || /^-A ([^K]|K[^U]).* -j (DNAT|REDIRECT)( |$)/ ||
		nat && (/^-A (KUBE-NODEPORTS|KUBE-EXT-[^ ]+) / || /^-A KUBE-SERVICES .*( external| loadbalancer) IP"/ || /^-A KUBE-SERVICES .* -j KUBE-NODEPORTS$/) ||
		nat && /^-A / && !/^-A (KUBE-|CILIUM_|cali-|felix-)/ { print; if (++sent == 40000) exit }'
	[ ! "$nat" ] || nftables
	[ ! "$agent" ] || agent
	[ ! "$proc" ] || { listeners && local_addresses && network && udp_connections; }
	[ ! "$proc" ] || address_devices
	selinux
	[ ! "$targets" ] || probes
	[ ! "$root" ] || { runtime && cache && services; }
	say end
}

# In one function, so that nothing runs of a script that arrived in part; and no command reads what may be the script itself.
main "$@" </dev/null; exit 0
