/**
 * Services that write firewall rules, `firewalld` → `active since 2024-02-07T01:58:00Z`; those that are not active are omitted.
 * The first line is /proc/uptime, the rest `systemctl show`: blocks of `Id=`, `ActiveState=` and microseconds since the machine
 * was started.
 */
export function parseUnits(text: string, clock: number): Record<string, string> {
	const [first = '', ...rest] = text.trim().split('\n');
	const uptime = Number.parseFloat(first);
	const blocks = rest
		.join('\n')
		.split(/\n{2,}/u)
		.map(block => new Map(block.split('\n').map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])));
	return Object.fromEntries(
		blocks.flatMap(block => {
			const name = /^(?<name>[\w-]{1,64})\.service$/u.exec(block.get('Id') ?? '')?.groups?.['name'];
			if (name === undefined || block.get('ActiveState') !== 'active') return [];
			const since = clock - uptime + Number(block.get('ActiveEnterTimestampMonotonic')) / 1_000_000;
			const time = new Date(Math.round(since) * 1000);
			return [[name, Number.isNaN(time.getTime()) ? 'active' : `active since ${time.toISOString().replace('.000Z', 'Z')}`]];
		}),
	);
}
