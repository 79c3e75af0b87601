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
