# What the DaemonSet and the init script have in common; sourced. Whoever sources it defines
#   table             lines `ARCHITECTURE SHA256 WHERE`; ARCHITECTURE is a GOARCH name or `any`, SHA256 may be `-`,
#                     WHERE is `carried`, a file, or an address
#   asked             versions of the CNI specification that the binary has to know, between blanks; none: not known
#   carried NAME      prints the binary that is carried for an architecture, gzip
#   binary WHAT …     runs portmap-binary.sh
say() { echo "portmap: $*" >&2; }

architecture() {
	case $(uname -m) in
	x86_64) echo amd64 ;;
	aarch64) echo arm64 ;;
	armv*) echo arm ;;
	i?86) echo 386 ;;
	loongarch64) echo loong64 ;;
	*) uname -m ;;
	esac
}

sum_of_file() {
	if command -v sha256sum >/dev/null 2>&1; then found=$(sha256sum <"$1"); else found=$(openssl dgst -sha256 -r <"$1"); fi
	printf '%s' "${found%% *}"
}

fetch_once() {
	if command -v curl >/dev/null 2>&1; then curl -fsSL --connect-timeout 10 --max-time 300 -o "$2" "$1"
	elif ! command -v wget >/dev/null 2>&1; then say 'neither curl nor wget is here to fetch it'; return 1
	# GNU's tries twenty times by itself; busybox's may be built without a time limit, and Debian's 1.35 dies of the word.
	elif wget --help 2>&1 | grep -q -e '-T[ ,]'; then wget -q -T 30 -t 1 -O "$2" "$1"
	else wget -q -O "$2" "$1"; fi
}

# A node that has just begun to run may have no network yet.
fetch() {
	for pause in 1 2 4 8 0; do
		fetch_once "$1" "$2" && return 0
		sleep "$pause"
	done
	say "$1 cannot be fetched"
	return 1
}

# is_right FILE SHA256 NAME
is_right() {
	[ "$2" = - ] && return 0
	sum=$(sum_of_file "$1")
	[ "$sum" = "$2" ] && return 0
	say "$3 has sha256 $sum, wanted is $2"
	return 1
}

# choose: sets where and expected to what the table has for this machine.
choose() {
	wanted_for=$(architecture)
	line=$(table | grep -m 1 "^$wanted_for " || table | grep -m 1 '^any ') || { say "there is no portmap for $wanted_for"; return 1; }
	where=${line##* }
	expected=${line#* }
	expected=${expected%% *}
}

# is_there FOLDER: FOLDER/portmap is the right one and runs; of an archive nobody can tell before it was fetched.
is_there() {
	[ -f "$1/portmap" ] && choose && answer=$(binary probe "$1" $asked) || return 1
	case $answer in "sum $expected"*) return 0 ;; *) return 1 ;; esac
}

# prepare FOLDER: leaves the binary for this machine as FOLDER/portmap, its checksum compared. 2: it could not be fetched.
prepare() {
	choose || return 1
	case $where in
	carried) carried "$wanted_for" | gzip -dc >"$1/portmap" && is_right "$1/portmap" "$expected" 'the carried binary' || return 1 ;;
	/*) cat "$where" >"$1/portmap" && is_right "$1/portmap" "$expected" "$where" || return 1 ;;
	*)
		fetch "$where" "$1/fetched" || return 2
		is_right "$1/fetched" "$expected" "$where" || return 1
		if gzip -t "$1/fetched" 2>/dev/null; then
			gzip -dc "$1/fetched" | tar -xOf - ./portmap >"$1/portmap" 2>/dev/null || gzip -dc "$1/fetched" | tar -xOf - portmap >"$1/portmap" || return 1
			rm -f "$1/fetched"
		else
			mv -f "$1/fetched" "$1/portmap"
		fi
		;;
	esac
	chmod 755 "$1/portmap"
}

# keep FOLDER PREPARED: FOLDER/portmap is PREPARED/portmap afterwards; a binary that does not run is never put there.
keep() {
	wanted=$(sum_of_file "$2/portmap")
	if [ -f "$1/portmap" ] && answer=$(binary probe "$1" $asked) && case $answer in "sum $wanted"*) true ;; *) false ;; esac; then
		return 0
	fi
	staged=.portmap.kubectl-hostport-keeper
	if ! { cp "$2/portmap" "$1/$staged" && chmod 755 "$1/$staged"; }; then
		rm -f "$1/$staged"
		say "$1 cannot be written: it is read-only, is full, or does not belong to root"
		return 1
	fi
	answer=$(binary install "$1" "$staged" "$wanted" '' $asked)
	case $? in
	0) say "put into $1 ($wanted)" ;;
	44) say "$1/portmap cannot be replaced$([ ! -d "$1/portmap" ] || echo ': it is a folder')"; return 1 ;;
	45) say "it was not put into $1: it does not know CNI $asked, with which it is called there, so no pod could start or stop"; return 1 ;;
	*) say "it was not put into $1: $(printf '%s' "$answer" | tail -n 1)"; return 1 ;;
	esac
}
