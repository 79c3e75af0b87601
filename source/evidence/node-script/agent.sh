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
