# Looks at the portmap binary of a node, or puts a staged one in its place. Parameters:
#   probe FOLDER                  tells sum, mode and answers of FOLDER/portmap
#   install FOLDER STAGED SUM     runs STAGED, renames it to portmap, runs it again under its name
#   remove FOLDER                 removes staged files, of interrupted runs too
# Answer: lines `key value`. Exit codes: 0 well, 40 no folder, 41 not there, 42 another sum, 43 does not run, 44 cannot be renamed.
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

about() { printf 'about '; CNI_COMMAND='' limited "$1" </dev/null 2>&1 | head -n 1 | one_line; }
# A node that loses its power must not wake with an empty file under that name. Where sync takes no name it writes everything.
flush() { limited sync "$1" >/dev/null 2>&1 || :; }
tidy() { rm -f -- .portmap.kubectl-hostport-* ..portmap.kubectl-hostport-*; }

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
		;;
	install)
		[ "$(sum_of "$3")" = "$4" ] || { tidy; exit 42; }
		answers "./$3" || { tidy; exit 43; }
		about "./$3"
		flush "$3"
		[ ! -d portmap ] && mv -f -- "$3" portmap || { tidy; exit 44; }
		tidy
		flush .
		[ "$(sum_of portmap)" = "$4" ] || exit 42
		answers ./portmap || exit 43
		;;
	esac
}

main "$@"
