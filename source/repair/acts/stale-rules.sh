# Removes the chains that the portmap plugin made for pods that are gone. Parameters: their IP addresses.
# A chain of portmap is `CNI-DN-…` and leads to one pod: `-A CNI-DN-x … -j DNAT --to-destination 10.0.0.5:80`.
# Answer: `removed NUMBER`. Nothing is removed unless a rule leads to one of these very addresses. Exit codes: 44 a table was
# not taken, 45 no restore command beside the save command (never another one: it would write another table).
LC_ALL=C
export LC_ALL
wanted=" $* "
removed=0
for build in nft legacy; do
	for family in iptables ip6tables; do
		save=$(command -v "$family-$build-save") || continue
		# Naming the table of the legacy build would load its module: only where there are such chains at all.
		rules=$("$save" 2>/dev/null | awk '/^\*/ { nat = ($0 == "*nat") } nat') || continue
		input=$(printf '%s\n' "$rules" | awk -v wanted="$wanted" '
			/^-A CNI-DN-/ && / --to-destination / {
				target = $0; sub(/.* --to-destination /, "", target); sub(/ .*/, "", target); sub(/:[0-9]+$/, "", target); gsub(/[][]/, "", target)
				if (index(wanted, " " target " ")) gone[$2] = 1
			}
			{ lines[NR] = $0 }
			END {
				for (i = 1; i <= NR; i++) {
					n = split(lines[i], word, " ")
					if (word[1] == "-A" && word[n - 1] == "-j" && (word[n] in gone)) { line = lines[i]; sub(/^-A/, "-D", line); print line }
				}
				for (chain in gone) { print "-F " chain; print "-X " chain }
			}')
		[ "$input" ] || continue
		if [ -x "${save%-save}-restore" ]; then restore=${save%-save}-restore; elif [ -x "${save%/*}/xtables-$build-multi" ]; then restore="${save%/*}/xtables-$build-multi $family-restore"; else exit 45; fi
		printf '*nat\n%s\nCOMMIT\n' "$input" | $restore --noflush || exit 44
		removed=$((removed + $(printf '%s\n' "$input" | grep -c '^-X')))
	done
done
echo "removed $removed"
