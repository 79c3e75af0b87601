# Behind connect.sh: answers everything about one node in one round trip. The other side is parse-node-output.ts.
#
# Parameters, each one word `key=value`; whatever is not given is not asked:
#   marker=HEX   random, from the caller: frames the answer so that foreign text cannot forge a part of it
#   conf=FOLDER  the CNI configuration folder, as this way in sees it
#   bin=FOLDER   the CNI binary folder, as this way in sees it
#   agent=1      the Cilium agent's command line can be called here; agent=ID: in the container of this id, from the node itself
#   nat=1        the host's nat rules can be read (host network and NET_ADMIN)
#   proc=FOLDER  procfs of the host's network: listeners, port range, addresses, UDP connections (host network)
#   sys=FOLDER   sysfs of the host's network: whether the interface of a pod that did not answer is up (host network)
#   connect=ADDRESS,PORT,…  what to connect to over TCP, again and again (host network)
#   root=FOLDER  the node's own file system: the container runtime's configuration and CNI cache, services that write rules
#
# Answer: a stream of records, each `newline marker blank key blank value`, the value being whatever comes
# until the next record. `end` is the last; without it the answer was cut off.
#
# Commands, all through PATH: date uname stat readlink head od tr sort uniq sha256sum|shasum timeout grep sed awk portmap's own
# answer, iptables-{nft,legacy}-save and ip6tables-… (or iptables-save), nft, bash, systemctl, bpftool, nsenter, cilium-dbg|cilium. Each may be missing.
LC_ALL=C
export LC_ALL

say() { printf '\n%s %s %s' "$marker" "$1" "$2"; }
have() { command -v "$1" >/dev/null 2>&1; }
limited() { if [ "$timeout" ]; then timeout -s KILL "$@"; else shift && "$@"; fi; } # SECONDS COMMAND…
# A program's output, what it complained of where it failed, and its exit code. The two are kept apart: complaints would come
# in the middle of a line of what is written in blocks.
answer_of() { # SECONDS COMMAND…
	{
		complaint=$(limited "$@" 2>&1 >&3 3>&-)
		code=$?
	} 3>&1
	[ $code = 0 ] || [ ! "$complaint" ] || printf '\n%s' "$complaint"
	say status $code
}

# Whether a link of this folder leads to a file of it, also by a folder that is itself a link. A readlink that cannot tell means no.
leads_inside() { # LINK
	target=$(readlink -f "$1" 2>/dev/null) && [ "$target" ] || return 1
	here=$(pwd -P)
	case $target in "${here%/}"/*) ;; *) return 1 ;; esac
}

# Enters a folder and tells size, time, mode and name of its files, then of each what its kind of folder is asked for.
folder() { # KIND FOLDER
	say folder "$1"
	kind=$1
	if [ ! -d "$2" ]; then say missing "$2"; return 0; fi
	if ! cd "$2" 2>/dev/null || [ ! -r . ]; then say error "$2: permission denied"; return 0; fi
	say touched "$(stat -c %Y . 2>/dev/null || stat -f %m . 2>/dev/null)"
	set --
	for entry in ./* ./.[!.]* ./..?*; do
		if [ -L "$entry" ] && [ ! -d "$entry" ]; then
			say link "$entry"
			say to "$(readlink "$entry")"
			say since "$(stat -c %Z "$entry" 2>/dev/null || stat -f %c "$entry" 2>/dev/null)"
		fi
		[ -f "$entry" ] || continue
		# Whatever a link of a file leads to outside would go into evidence that is shared; its name is told above.
		[ "$kind" != conf ] || [ ! -L "$entry" ] || leads_inside "$entry" || continue
		if [ $# -ge 512 ]; then say error 'more than 512 files, the rest was omitted'; break; fi
		set -- "$@" "$entry"
	done
	[ $# -gt 0 ] || return 0
	told=$(stat -L -c "$marker file %s %Y %Z x%f %n" "$@" 2>/dev/null)
	[ "$told" ] || told=$(stat -L -f "$marker file %z %m %c o%p %N" "$@" 2>/dev/null) # BSD and macOS
	if [ "$told" ]; then printf '\n%s' "$told"; else say error 'stat did not answer'; fi
	case $kind in conf) configuration_files "$@" ;; bin) binary_files "$@" ;; esac
}

# Only what a runtime loads or what was renamed away: other files here may hold credentials (calico-kubeconfig).
configuration_files() {
	left=64
	for entry; do
		case $entry in *.conf | *.conflist | *.json | *.conf[._~]* | *.conflist[._~]* | *.json[._~]*) ;; *) continue ;; esac
		if [ $((left -= 1)) -lt 0 ]; then say error 'content of more than 64 files, the rest was omitted'; break; fi
		say name "$entry"
		say content
		head -c 65536 "$entry" 2>/dev/null || say unreadable "$entry"
	done
}

binary_files() {
	for entry; do
		say name "$entry"
		say head
		od -A n -v -t x1 -N 20 "$entry" 2>/dev/null || say unreadable "$entry"
		[ "$entry" = ./portmap ] || continue
		say sha256
		if have sha256sum; then sha256sum "$entry"; elif have shasum; then shasum -a 256 "$entry"; fi 2>/dev/null
		say version
		{ CNI_COMMAND=VERSION && export CNI_COMMAND && answer_of 5 "$entry"; } | head -c 8192
	done
}

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

# The agent's process: the id of its container, which nobody but the runtime gives, stands in its cgroups. By its name alone it could
# be anybody's.
agent_process() {
	grep -lsF -e "$agent" "${root%/}"/proc/[0-9]*/cgroup | while IFS= read -r process; do
		process=${process%/cgroup}
		grep -qsx cilium-agent "$process/comm" && echo "${process##*/}" && break
	done
}

# of_agent NAME: prints the words that call a program of the agent's image, which may have no shell.
of_agent() {
	if [ "$agent" = 1 ]; then have "$1" && echo "$1"; return; fi
	for place in /usr/bin /usr/local/bin /bin /usr/sbin /usr/local/sbin /sbin; do
		entry="${root%/}/proc/$process/root$place/$1"
		if [ -e "$entry" ] || [ -L "$entry" ]; then echo "nsenter -t $process -m -- $place/$1"; return 0; fi
	done
	return 1
}

# Sets `cilium` to the words that call the agent's command: its name is cilium-dbg from 1.15 on.
find_cilium() {
	missing='no cilium command here'
	if [ "$agent" != 1 ]; then
		process=$(agent_process)
		if [ ! "$process" ]; then say error 'the process of the agent was not found on the node'; return 1; fi
		if ! have nsenter; then say error 'no nsenter on the node, so the agent cannot be asked from there'; return 1; fi
		missing='no cilium command in the container of the agent'
	fi
	cilium=$(of_agent cilium-dbg || of_agent cilium) && return 0
	say error "$missing"
	return 1
}

# shellcheck disable=SC2086 # the command may be several words
agent() {
	find_cilium || return 0
	# Other nodes and controllers are megabytes on a big cluster: of those only the controllers that fail are told.
	say agent-status
	answer_of 10 $cilium status -o json | sed -e '/^  "cluster": {$/,/^  },$/d' | awk '
		/^  "controllers": \[$/ { inside = 1; print; next }
		inside && /^  \]/ { inside = 0 }
		!inside { print; next }
		/^    \{$/ { item = ""; fails = 0 }
		{ item = item (item ? "\n" : "") $0 }
		/"consecutive-failure-count": [1-9]/ { fails = 1 }
		/^    \},?$/ && fails { sub(/,$/, "", item); print (count++ ? "," : "") item }' | head -c 1048576
	# Of the services only what a hostPort has or could meet; an answer in another layout passes as it is.
	say services
	answer_of 10 $cilium service list -o json | awk '
		NR == 1 && $0 != "[" { raw = 1 }
		raw { print; next }
		/^  \{/ { item = ""; wanted = 0; inside = 1 }
		inside { item = item $0 "\n" } !inside { print }
		/"type": "(HostPort|LoadBalancer|ExternalIPs|LocalRedirect)"/ { wanted = 1 }
		/^  \},?$/ { if (wanted) printf "%s", item; inside = 0 }' | head -c 4194304
	# What packets meet; as text where there is no JSON.
	say datapath
	listed=$(datapath_json)
	case $listed in '{'*) printf '%s' "$listed" ;; *) datapath_text ;; esac
	# Which programs are on which device; images of some versions have no such command. That of a node is not asked: before 7.3 (Linux 6.6) it
	# knows no tcx, by which Cilium attaches from 1.16 on, and shows nothing.
	bpftool=$(of_agent bpftool) || return 0
	say attached
	answer_of 5 $bpftool net show | head -c 65536
}

# Slots of one frontend follow each other, the one that names its type first.
datapath_json() {
	answer_of 10 $cilium bpf lb list -o json | awk '
		NR == 1 && $0 != "{" { raw = 1 }
		raw || /^[{}]/ { print; next }
		!/^  / { print; next }
		/^  "/ { frontend = $0; sub(/( \([0-9]+\))?": \[$/, "", frontend); item = ""; wanted = frontend == last }
		{ item = item $0 "\n" }
		/[[ ](HostPort|LoadBalancer|ExternalIPs|LocalRedirect)[],]/ { wanted = 1; last = frontend }
		/^  \],?$/ && wanted { printf "%s", item }' | head -c 4194304
}

# Here slots come in any order; up to 1.12 a row without a frontend belongs to the one before.
datapath_text() {
	answer_of 10 $cilium bpf lb list | awk '
		/^SERVICE ADDRESS/ { table = 1; print; next }
		!table || /^[^ ]*$/ || !/^([^ ]+:[0-9]| )/ { other = other $0 "\n"; next }
		!/^ / { frontend = $1 }
		{ item[frontend] = item[frontend] $0 "\n" }
		/[[ ](HostPort|LoadBalancer|ExternalIPs|LocalRedirect)[],]/ { wanted[frontend] = 1 }
		END { for (frontend in wanted) printf "%s", item[frontend]; printf "%s", other }' | head -c 4194304
}

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

# kube-proxy's interface in IPVS mode, a kernel that passes nothing on, and the devices of the default routes.
network() {
	! grep -q 'kube-ipvs0:' "$proc/net/dev" 2>/dev/null || say fact 'kube-ipvs0 present'
	! grep -qx 0 "$proc/sys/net/ipv4/ip_forward" 2>/dev/null || say fact 'ip_forward off'
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

# Files of the container runtimes that run, one a line: by their command lines, else where each looks for
# its own. The processes are root's: anybody may run a program that is called containerd.
runtime_files() {
	grep -lsxE 'containerd|crio' "$root"/proc/[0-9]*/comm | while IFS= read -r process; do
		process=${process%/comm}
		[ -O "$process" ] || continue
		file=$(tr '\0' '\n' <"$process/cmdline" 2>/dev/null |
			awk 'take { print; exit } /^--?c(onfig)?$/ { take = 1 } sub(/^--?c(onfig)?=/, "") { print; exit }')
		if grep -qx crio "$process/comm"; then crio_files "$file"; else containerd_files "$(absolute "$file" /etc/containerd/config.toml)" 4; fi
	done
}

crio_files() { # FILE
	absolute "$1" /etc/crio/crio.conf
	for entry in "$root"/etc/crio/crio.conf.d/*; do echo "${entry#"$root"}"; done
}

# The file and those that it imports: patterns, relative to the file's own folder (containerd, cmd/containerd/server/config).
containerd_files() { # FILE DEPTH
	echo "$1"
	[ "$2" -gt 0 ] && [ -f "$root$1" ] && [ -r "$root$1" ] || return 0
	head -c 262144 "$root$1" | awk '
		/^[ \t]*\[/ && !on { exit }
		/^[ \t]*#/ { next }
		on || /^[ \t]*imports[ \t]*=/ {
			on = 1
			rest = $0
			while (match(rest, /"[^"]*"|\047[^\047]*\047/)) { print substr(rest, RSTART + 1, RLENGTH - 2); rest = substr(rest, RSTART + RLENGTH) }
			if (rest ~ /\]/) exit
		}' | head -n 16 | while IFS= read -r pattern; do
		case $pattern in /*) ;; *) pattern=${1%/*}/$pattern ;; esac
		matching "$pattern" | while IFS= read -r entry; do containerd_files "$entry" $(($2 - 1)); done
	done
}

matching() { # PATTERN
	IFS=
	for entry in $root$1; do [ ! -f "$entry" ] || echo "${entry#"$root"}"; done | head -n 32
}

absolute() { case $1 in /*) echo "$1" ;; *) echo "$2" ;; esac; } # FILE ELSE

# CNI folders that a program was given as flags, which win over every file: cri-dockerd, CRI-O, and the kubelet of dockershim.
runtime_flags() {
	grep -lsxE 'cri-dockerd|crio|kubelet' "$root"/proc/[0-9]*/comm | while IFS= read -r process; do
		process=${process%/comm}
		[ -O "$process" ] || continue
		name=$(head -n 1 "$process/comm")
		found=$(tr '\0' '\n' <"$process/cmdline" 2>/dev/null | awk '
			function keep(flag, value) {
				if (value !~ /^[\/A-Za-z0-9_.,-]+$/) return
				if (flag ~ /^(cni-conf-dir|cni-config-dir)$/) print "conf_dir = \047" value "\047"
				if (flag ~ /^(cni-bin-dir|cni-plugin-dir)$/) bins = bins "," value
			}
			wanted { keep(wanted, $0); wanted = ""; next }
			sub(/^--?/, "") {
				place = index($0, "=")
				if (place) keep(substr($0, 1, place - 1), substr($0, place + 1)); else if ($0 ~ /^cni-(conf|config|bin|plugin)-dir$/) wanted = $0
			}
			END { if (bins) { gsub(/,/, "\047, \047", bins); print "bin_dirs = [" substr(bins, 4) "\047]" } }')
		case $name in cri-dockerd) ;; *) [ "$found" ] || continue ;; esac
		say runtime "flags of $name"
		printf '\n[flags]\nname = "%s"\n%s\n' "$name" "$found"
	done
}

# Folders that the runtime is told to read or to search and that are the ones that were looked at, by a link or a mount. Lists of them may
# go over several lines.
same_folders() { # of lines of configuration
	awk '
		/^[ \t]*"?(bin_dirs?|conf_dir|plugin_dirs?|network_dir)"?[ \t]*=/ { on = 1 }
		on {
			rest = $0
			while (match(rest, /"[^"]*"|\047[^\047]*\047/)) {
				entry = substr(rest, RSTART + 1, RLENGTH - 2)
				rest = substr(rest, RSTART + RLENGTH)
				if (entry ~ /^\/./) { sub(/\/+$/, "", entry); if (entry && !told[entry]++) print entry }
			}
			if (list = list || /=[ \t]*\[/) { if (/\]/) on = list = 0 } else on = 0
		}' | head -n 16 |
		while IFS= read -r entry; do
			for looked in "$conf" "$bin"; do
				[ ! "$looked" ] || [ ! "$root$entry" -ef "$looked" ] || say fact "same-folder:$entry yes"
			done
		done
}

# The runtime's configuration: containerd, K3s and RKE2, CRI-O. Values of what may be a credential of an image registry stay here.
runtime() {
	root=${root%/}
	files=$(runtime_files)
	[ "$files" ] || files=$(
		for entry in /etc/containerd /var/lib/rancher/rke2/agent/etc/containerd /var/lib/rancher/k3s/agent/etc/containerd; do
			[ ! -f "$root$entry/config.toml" ] || containerd_files "$entry/config.toml" 4
		done
		crio_files ''
	)
	flags=$(runtime_flags)
	echo "$files" | awk '!told[$0]++' | head -n 64 | while IFS= read -r entry; do
		[ -r "$root$entry" ] && [ -f "$root$entry" ] || continue
		say runtime "$entry"
		echo
		head -c 65536 "$root$entry" | awk '
			/^[ \t]*#/ { next }
			!/^[ \t]*(\[|"?(bin_dirs?|conf_dir|plugin_dirs?|network_dir|imports)"?[ \t]*=)/ &&
				(/:\/\/[^\/]*@/ || (index($0, "=") && tolower($0) ~ /pass|auth|token|user|secret|credential/)) {
				place = index($0, "=")
				tail = substr($0, place + 1)
				gsub(/"[^"]*"/, "\"\"", tail)
				gsub(/\047[^\047]*\047/, "\047\047", tail)
				$0 = substr($0, 1, place) tail
			}
			{ print }'
	done
	[ ! "$flags" ] || echo "$flags"
	{
		echo "$files" | head -n 64 | while IFS= read -r entry; do [ ! -f "$root$entry" ] || head -c 65536 "$root$entry"; done
		echo "$flags"
	} 2>/dev/null | same_folders
}

# What libcni keeps of each sandbox, of those alone that asked for mappings; the configuration in it may hold credentials.
cache() {
	set --
	for entry in "$root"/var/lib/cni/results/*-eth0; do
		[ -f "$entry" ] && [ $# -lt 1000 ] && set -- "$@" "$entry"
	done
	say cache
	echo
	[ $# -eq 0 ] || grep -h '"portMappings"' "$@" 2>/dev/null | sed 's/"config":"[^"]*",\{0,1\}//' | head -c 4194304
}

# Services that write firewall rules, and since when they are active, by the clock that counts from the start of the machine.
services() {
	have systemctl && [ -r "$root/proc/uptime" ] || return 0
	say units
	echo
	head -n 1 "$root/proc/uptime"
	limited 5 systemctl show -p Id -p ActiveState -p ActiveEnterTimestampMonotonic \
		firewalld ufw nftables iptables netfilter-persistent 2>/dev/null | head -c 8192
}

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
	[ ! "$nat" ] || nat_tables | grep -E -m 40000 \
		-e "^$marker |CNI-|^:(KUBE-SERVICES|KUBE-NODEPORTS|KUBE-PROXY-CANARY|KUBE-KUBELET-CANARY|KUBE-IPTABLES-HINT) |^[^-:#]" \
		-e '^-A (PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING) |^-A .* -j (DROP|REJECT|NOTRACK|CT --notrack)( |$)|^:FORWARD DROP ' \
		-e '^(:|-A )KUBE-(HOSTPORTS|HP-)|^-A ([^K]|K[^U]).* -j (DNAT|REDIRECT)( |$)'
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
