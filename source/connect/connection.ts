import {printableLine} from '../foreign-text.ts';

/** One connection to try. */
export type Target = {
	readonly protocol: 'TCP' | 'UDP';
	/** Without brackets. */
	readonly address: string;
	readonly port: number;
};

/** What became of it. */
export type ProbeAnswer = {
	readonly ok: boolean;
	/** From the call to the connection (TCP) or to the first answer (UDP), rounded up to a tenth; 0 where there was none. */
	readonly milliseconds: number;
	/** `refused`, `timed out`, `unreachable`, `no answer`, `reset`, `not permitted`, or the system's own words; empty where ok. */
	readonly error: string;
};

/** The label of the embedded demo cluster's nodes: their addresses are made up, and what answers there is somebody else. */
export const demoLabel = 'hostport.dev/demo';

/**
 * Whether nothing outside of the demo's own network may connect to this cluster. All nodes have to say so: on a real cluster each may label
 * itself.
 */
export const isDemo = (nodes: ReadonlyArray<{readonly labels: Readonly<Record<string, string>>}>): boolean =>
	nodes.length > 0 && nodes.every(({labels}) => demoLabel in labels);

/** What one line of connect.sh says behind its id; undefined for words that no kernel says: a broken program is no dead port. */
export function answerIn(text: string): ProbeAnswer | undefined {
	const microseconds = /^ok (\d{1,12})$/u.exec(text)?.[1];
	if (microseconds !== undefined) return {ok: true, milliseconds: Math.ceil(Number(microseconds) / 100) / 10, error: ''};
	const error = kernelWord(text);
	return error === undefined ? undefined : {ok: false, milliseconds: 0, error};
}

/** The error of an attempt that was made here: the kernel's word where it is a known one, else the system's own. */
export function errorWord(text: string): string {
	return kernelWord(text) ?? (printableLine(text, 120) || 'no connection');
}

// What connect(2) and the first read say, in the words of the C library; and the codes that Node has for them.
const kernelWords: ReadonlyArray<readonly [pattern: RegExp, word: string]> = [
	[/connection refused|ECONNREFUSED/iu, 'refused'],
	[/timed? ?out(?!: )|ETIMEDOUT/iu, 'timed out'],
	[/no route to host|unreachable|EHOSTUNREACH|ENETUNREACH/iu, 'unreachable'],
	[/^no answer/iu, 'no answer'],
	[/connection reset|ECONNRESET/iu, 'reset'],
	[/permission denied|operation not permitted|EACCES|EPERM/iu, 'not permitted'],
	[/cannot assign requested address|EADDRNOTAVAIL/iu, 'address not available'],
	[/address family not supported|EAFNOSUPPORT/iu, 'address family not supported'],
	[/network is down|ENETDOWN|host is down|EHOSTDOWN/iu, 'network down'],
	[/invalid argument|EINVAL/iu, 'invalid argument'],
];

function kernelWord(text: string): string | undefined {
	return kernelWords.find(([pattern]) => pattern.test(text))?.[1];
}
