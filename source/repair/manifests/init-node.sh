work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir -p "$folder" && prepare "$work" && keep "$folder" "$work" || { say "the node is without portmap: hostPorts will not work, and where the CNI list names it no pod starts"; exit 1; }
