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
