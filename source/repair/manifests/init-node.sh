# shellcheck disable=SC2154 # folder: whoever puts this script together sets it
umask 022
give_up() {
	say "the node is without portmap: hostPorts will not work, and where the CNI list names it no pod starts"
	exit 1
}

is_there "$folder" && exit 0
work=$(mktemp -d) || give_up
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$folder" || give_up
prepare "$work"
case $? in
0) keep "$folder" "$work" || give_up ;;
2) if [ -f "$folder/portmap" ] && binary probe "$folder" >/dev/null; then say "the portmap in $folder answers, and stays"; else give_up; fi ;;
*) give_up ;;
esac
