import {printableLine} from '../foreign-text.ts';
import type {Observation} from './evidence.ts';
import {jsonOf, listOf, objectOf, textOf} from './untyped.ts';

type DatapathEntries = NonNullable<Observation['datapathEntries']>;

/** What stands under one address and port. */
type Frontend = {types: string[]; backends: DatapathEntries[number]['backends']};

/**
 * Types that can stand at an address of the node on the port of a hostPort. A ClusterIP is no address of a node, and a hostPort in the
 * NodePort range gets no entry at all.
 */
export const keptTypes = ['HostPort', 'LoadBalancer', 'ExternalIPs', 'LocalRedirect'] as const;

/**
 * The entries of the agent's `bpf lb list`, with `-o json` or without, of the types that a hostPort can meet; undefined where the text is
 * neither. Each names `ADDRESS:PORT[/PROTOCOL] (SLOT)`, slot 0 with the flags (`0.0.0.0:0 (3) (0) [HostPort, non-routable]`), the others
 * with a backend each (recordings of 1.15.19 and 1.20.2; no protocol before 1.17, cilium/cilium#33434). Before slots were written (cilium
 * up to 1.12, `cilium/cmd/bpf_lb_list.go`) flags and backends stand under one key. The node script may have omitted other entries.
 */
export function parseDatapath(answer: string): DatapathEntries | undefined {
	const rows = rowsOfJson(answer) ?? rowsOfText(answer);
	if (rows === undefined) return undefined;
	const frontends = new Map<string, Frontend>();
	for (const [key, value] of rows) {
		const name = key.replace(/ \(\d+\)$/u, '');
		const frontend = frontends.get(name) ?? {types: [], backends: []};
		frontends.set(name, frontend);
		const flags = /\[([^\]]*)\]\s*$/u.exec(value)?.[1];
		const backend = endpointOf(value.split(' ')[0] ?? '');
		if (flags !== undefined) frontend.types.push(...flags.split(',').map(flag => printableLine(flag.trim(), 32)));
		else if (backend !== undefined && frontend.backends.length < 256) frontend.backends.push({ip: backend.address, port: backend.port});
	}

	return [...frontends].flatMap(([name, {types, backends}]) => {
		const endpoint = endpointOf(name);
		const type = keptTypes.find(each => types.includes(each));
		return endpoint === undefined || type === undefined ? [] : [{...endpoint, type, isLoopback: types.includes('loopback'), backends}];
	});
}

type Rows = ReadonlyArray<readonly [key: string, value: string]>;

/** An object of lists; the node script may leave a comma behind the last. */
function rowsOfJson(answer: string): Rows | undefined {
	const listed = jsonOf(answer.trim().replace(/,\s*\}$/u, '}'));
	if (typeof listed !== 'object' || listed === null || Array.isArray(listed)) return undefined;
	return Object.entries(objectOf(listed)).flatMap(([key, values]) => listOf(values).map(value => [key, textOf(value)] as const));
}

/** A table of two columns; a row without the first belongs to the one before (cilium up to 1.12). Warnings may stand before its heading. */
function rowsOfText(answer: string): Rows | undefined {
	const lines = answer.split('\n');
	const heading = lines.findIndex(line => /^SERVICE ADDRESS +BACKEND ADDRESS/u.test(line));
	if (heading === -1) return undefined;
	let last = '';
	return lines.slice(heading + 1).flatMap(line => {
		const [, key = '', value = ''] = /^(\S+(?: \(\d+\))?)? {2,}(\S.*)$/u.exec(line) ?? [];
		last = key || last;
		return value === '' || last === '' ? [] : [[last, value] as const];
	});
}

/** `10.0.0.1:80`, `10.0.0.1:80/TCP`, `[fd00::1]:80/UDP`, each also with a scope behind (`/i`). */
function endpointOf(text: string): {address: string; port: number; protocol: string} | undefined {
	const match = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+)):(\d+)(?:\/([A-Z]+))?(?:\/i)?$/iu.exec(text);
	const [, six, four, port = '', protocol = ''] = match ?? [];
	const address = printableLine(six ?? four ?? '', 64);
	return match === null ? undefined : {address, port: Number(port), protocol: protocol.length === 1 ? '' : protocol.toUpperCase()};
}
