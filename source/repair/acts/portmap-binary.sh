# Looks at the portmap binary of a node, or puts a staged one in its place. Parameters:
#   probe FOLDER [VERSION...]                     tells sum, mode and answers of FOLDER/portmap
#   install FOLDER STAGED SUM [OLD [VERSION...]]  runs STAGED, keeps portmap as OLD if that is not empty, renames STAGED to
#                                                 portmap, runs it again under its name
#   restore FOLDER OLD SUM OWN                    renames OLD, of sum SUM, to portmap, if that is still the one of sum OWN
#   remove FOLDER                                 removes staged files, of interrupted runs too
# VERSION: of the CNI specification, which it must know. Answer: lines `key value`. Exit codes: 0 ok, 40 no folder, 41 not there,
# 42 another sum, 43 does not run, 44 cannot be renamed, 45 does not know a VERSION, 46 the old one cannot be kept.
LC_ALL=C
export LC_ALL

limited() { if command -v timeout >/dev/null 2>&1; then timeout -s KILL 10 "$@"; else "$@"; fi; }
one_line() { head -c 2048 | tr '\n\r\t' '   '; echo; }

sum_of() {
	if command -v sha256sum >/dev/null 2>&1; then found=$(sha256sum <"$1"); else found=$(openssl dgst -sha256 -r <"$1"); fi
	printf '%s' "${found%% *}"
}

# Right architecture, mode, mount without noexec and libraries: all of it shows in the answer to VERSION.
answers() {
	said=$(CNI_COMMAND=VERSION limited "$1" </dev/null 2>&1) && case $said in *cniVersion*) printf 'answer '; printf '%s' "$said" | one_line; return 0 ;; esac
	printf 'answer '
	printf '%s' "$said" | one_line
	return 1
}

# knows VERSION...: whether the answer names each of them; one that names none leaves it open.
knows() {
	case $said in *'"supportedVersions"'*) named=${said#*'"supportedVersions"'} ;; *) return 0 ;; esac
	named=${named%%]*}
	for version; do
		case $named in *"\"$version\""*) ;; *) echo "lacks $version"; return 1 ;; esac
	done
}

# What was kept by a first try is the old one; what lies there by now may be the new.
keep_old() {
	[ ! "$1" ] || [ -e "$1" ] || [ ! -f portmap ] && return 0
	cp -pP portmap "$1-part" && flush "$1-part" && mv -f -- "$1-part" "$1" && return 0
	rm -f -- "$1-part"
	return 1
}

about() { printf 'about '; CNI_COMMAND='' limited "$1" </dev/null 2>&1 | head -n 1 | one_line; }
# A node that loses its power must not wake with an empty file under that name. Where sync takes no name it writes everything.
flush() { limited sync "$1" >/dev/null 2>&1 || :; }
tidy() { rm -f -- .portmap.kubectl-hostport-* ..portmap.kubectl-hostport-* .portmap-before.kubectl-hostport-*-part; }

main() {
	what=$1
	cd "$2" || exit 40
	case $what in
	remove) tidy ;;
	probe)
		[ -f portmap ] || exit 41
		echo "sum $(sum_of portmap)"
		echo "mode $(stat -L -c %a portmap 2>/dev/null || stat -L -f %Lp portmap)"
		answers ./portmap || exit 43
		about ./portmap
		shift 2
		knows "$@" || exit 45
		;;
	install)
		staged=$3 sum=$4 old=${5-}
		shift 4
		[ $# -eq 0 ] || shift
		[ "$(sum_of "$staged")" = "$sum" ] || { tidy; exit 42; }
		answers "./$staged" || { tidy; exit 43; }
		knows "$@" || { tidy; exit 45; }
		about "./$staged"
		flush "$staged"
		keep_old "$old" || { tidy; exit 46; }
		[ ! -d portmap ] && mv -f -- "$staged" portmap || { tidy; exit 44; }
		tidy
		flush .
		[ "$(sum_of portmap)" = "$sum" ] || exit 42
		answers ./portmap || exit 43
		;;
	restore)
		[ -f "$3" ] || exit 41
		[ "$(sum_of "$3")" = "$4" ] || exit 42
		[ ! -f portmap ] || [ "$(sum_of portmap)" = "$5" ] || exit 46
		mv -f -- "$3" portmap || exit 44
		flush .
		;;
	esac
}

main "$@"
