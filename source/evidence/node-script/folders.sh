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
