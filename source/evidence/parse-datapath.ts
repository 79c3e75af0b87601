import {printableLine} from '../foreign-text.ts';
import type {Observation} from './evidence.ts';
import {jsonOf, listOf, objectOf, textOf} from './untyped.ts';

type DatapathEntries = NonNullable<Observation['datapathEntries']>;

/**
 * The HostPort entries of the agent's `bpf lb list -o json`, undefined where the text is not that: an object of
 * `ADDRESS:PORT[/PROTOCOL] (SLOT)`, slot 0 with the flags (`0.0.0.0:0 (3) (0) [HostPort, non-routable]`), the others with a backend
 * each (recordings of 1.15.19 and 1.20.2; no protocol before 1.17, cilium/cilium#33434). Before slots were written (cilium up to
 * 1.12, `cilium/cmd/bpf_lb_list.go`) flags and backends stand under one key. The node script may have left out other entries,
 * and with the last one a comma behind.
 */
export function parseDatapath(answer: string): DatapathEntries | undefined {
	const listed = jsonOf(answer.trim().replace(/,\s*\}$/u, '}'));
	if (typeof listed !== 'object' || listed === null || Array.isArray(listed)) return undefined;
	const frontends = new Map<string, {flags: string[]; backends: DatapathEntries[number]['backends']}>();
	for (const [key, values] of Object.entries(objectOf(listed))) {
		const frontend = key.replace(/ \(\d+\)$/u, '');
		const entry = frontends.get(frontend) ?? {flags: [], backends: []};
		frontends.set(frontend, entry);
		for (const value of listOf(values).map(each => textOf(each))) {
			const flags = /\[([^\]]*)\]\s*$/u.exec(value)?.[1];
			const backend = endpointOf(value.split(' ')[0] ?? '');
			if (flags !== undefined) entry.flags.push(...flags.split(',').map(flag => printableLine(flag.trim(), 32)));
			else if (backend !== undefined && entry.backends.length < 256) entry.backends.push({ip: backend.address, port: backend.port});
		}
	}

	return [...frontends].flatMap(([frontend, {flags, backends}]) => {
		const endpoint = endpointOf(frontend);
		return endpoint === undefined || !flags.includes('HostPort') ? [] : [{...endpoint, isLoopback: flags.includes('loopback'), backends}];
	});
}

/** `10.0.0.1:80`, `10.0.0.1:80/TCP`, `[fd00::1]:80/UDP`, each also with a scope behind (`/i`). */
function endpointOf(text: string): {address: string; port: number; protocol: string} | undefined {
	const match = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+)):(\d+)(?:\/([A-Z]+))?(?:\/i)?$/iu.exec(text);
	const [, six, four, port = '', protocol = ''] = match ?? [];
	const address = printableLine(six ?? four ?? '', 64);
	return match === null ? undefined : {address, port: Number(port), protocol: protocol.length === 1 ? '' : protocol.toUpperCase()};
}
