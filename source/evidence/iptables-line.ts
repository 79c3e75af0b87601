/** A line of iptables-save without the packets and bytes that `-c` puts before it: `[12:720] -A FORWARD -j DROP`. */
export function withoutCounters(line: string): string {
	return line.replace(/^((?:raw|mangle|nat|filter|security) )?\[\d+:\d+\] /u, '$1');
}
