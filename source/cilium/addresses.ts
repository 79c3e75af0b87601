import ipaddr from 'ipaddr.js';

/** `4` or `6`; undefined where the text is no address. */
export function familyOf(address: string): 4 | 6 | undefined {
	return read(address).family;
}

type Read = {readonly family: 4 | 6 | undefined; readonly isReachable: boolean};

/** The same address is asked for by each rule of its node. */
function read(address: string): Read {
	const known = addresses.get(address);
	if (known !== undefined) return known;
	const parsed = ipaddr.isValid(address) ? ipaddr.parse(address) : undefined;
	const family = parsed === undefined ? undefined : parsed.kind() === 'ipv4' ? 4 : 6;
	const isReached = parsed !== undefined && !['loopback', 'linkLocal', 'unspecified', 'multicast', 'broadcast'].includes(parsed.range());
	const made: Read = {family, isReachable: isReached};
	if (addresses.size >= mostAddresses) addresses.clear();
	addresses.set(address, made);
	return made;
}

const addresses = new Map<string, Read>();
const mostAddresses = 20_000;

/** Whether an address is in one of the ranges of a list such as `10.77.0.0/16,fd00::/8`. What is no range holds nothing. */
export function isInRanges(address: string, ranges: string): boolean {
	if (!ipaddr.isValid(address)) return false;
	const parsed = ipaddr.parse(address);
	return ranges
		.split(/[\s,]+/)
		.map(range => rangeOf(range))
		.some(range => range !== undefined && range[0].kind() === parsed.kind() && parsed.match(range));
}

function rangeOf(text: string): ReturnType<typeof ipaddr.parseCIDR> | undefined {
	try {
		return text === '' ? undefined : ipaddr.parseCIDR(text);
	} catch {
		// Somebody's own words in a ConfigMap: what is no range holds no address.
		return undefined;
	}
}

/** Whether an address lies in a range of addresses of its family, first and last of it included. */
export function isBetween(address: string, first: string, last: string): boolean {
	if (![address, first, last].every(each => ipaddr.isValid(each))) return false;
	const [own, from, to] = [address, first, last].map(each => Buffer.from(ipaddr.parse(each).toByteArray())) as [Buffer, Buffer, Buffer];
	return own.length === from.length && own.length === to.length && Buffer.compare(from, own) <= 0 && Buffer.compare(own, to) <= 0;
}

/** Loopback, link-local, multicast and unspecified addresses: nobody reaches a node by them from elsewhere. */
export function isReachable(address: string): boolean {
	return read(address).isReachable;
}

/**
 * The one spelling of an address (RFC 5952), an IPv4 address that is written as IPv6 as what it is: `::0` is `::`, `::ffff:127.0.0.1` is
 * `127.0.0.1`. What else there is stays as it is.
 */
export function canonicalAddress(text: string): string {
	if (!text.includes(':') || !ipaddr.isValid(text)) return text;
	const parsed = ipaddr.parse(text);
	return (parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress() ? parsed.toIPv4Address() : parsed).toString();
}

/** Whether two texts name one address: `2001:db8::1` and `2001:0DB8:0::1`. */
export function isSameAddress(one: string, other: string): boolean {
	return (
		one === other ||
		(ipaddr.isValid(one) && ipaddr.isValid(other) && ipaddr.parse(one).toNormalizedString() === ipaddr.parse(other).toNormalizedString())
	);
}
