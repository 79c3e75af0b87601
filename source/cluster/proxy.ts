import net from 'node:net';
import {ActionableError} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';

/**
 * The proxy on the way to the server: the cluster's `proxy-url`, else what HTTPS_PROXY, HTTP_PROXY and NO_PROXY say, by Go's rules
 * (golang.org/x/net/http/httpproxy): loopback is never proxied, NO_PROXY takes names, `.suffixes`, addresses and CIDR ranges, each with a port if wanted.
 * @throws ActionableError when the proxy's address cannot be used
 */
export function proxyFor(server: URL, proxyUrl: string | undefined, environment: NodeJS.ProcessEnv): URL | undefined {
	if (proxyUrl) return proxyAddress(proxyUrl, 'proxy-url of the kubeconfig');
	const variable = server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
	const value = environment[variable] || environment[variable.toLowerCase()];
	if (!value || isExempt(server, environment['NO_PROXY'] || environment['no_proxy'] || '')) return undefined;
	return proxyAddress(value.includes('://') ? value : `http://${value}`, variable);
}

function proxyAddress(text: string, where: string): URL {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (url !== undefined && /^(?:https?|socks5h?):$/u.test(url.protocol) && url.hostname !== '') return url;
	// The address may hold a password: it is not shown.
	throw new ActionableError(`${where} is not a proxy address`, 'Write http://, https:// or socks5://, then HOST:PORT.');
}

function isExempt(server: URL, noProxy: string): boolean {
	const host = hostOf(server);
	if (host === 'localhost' || isLoopback(host)) return true;
	const port = server.port || (server.protocol === 'https:' ? '443' : '80');
	return noProxy
		.split(',')
		.map(entry => entry.trim().toLowerCase())
		.some(entry => entry !== '' && matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
	if (entry === '*') return true;
	if (entry.includes('/')) return isInRange(entry, host);
	const {name = entry, wantedPort} =
		/^\[?(?<name>[^\]]*?)\]?(?::(?<wantedPort>\d+))?$/u.exec(net.isIPv6(entry) ? `[${entry}]` : entry)?.groups ?? {};
	if (wantedPort !== undefined && wantedPort !== port) return false;
	if (net.isIP(name) > 0) return name === host;
	const suffix = name.startsWith('*.') ? name.slice(1) : name;
	return suffix.startsWith('.') ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`);
}

function isInRange(range: string, host: string): boolean {
	const [address = '', bits = ''] = range.split('/');
	const family = net.isIPv6(address) ? 'ipv6' : 'ipv4';
	if (net.isIP(host) === 0 || net.isIP(address) === 0 || !/^\d{1,3}$/u.test(bits) || Number(bits) > (family === 'ipv6' ? 128 : 32))
		return false;
	const list = new net.BlockList();
	list.addSubnet(address, Number(bits), family);
	return list.check(host, net.isIPv6(host) ? 'ipv6' : 'ipv4');
}

function isLoopback(host: string): boolean {
	return host === '::1' || (net.isIPv4(host) && host.startsWith('127.'));
}

/** The host name or address of a URL, without the brackets of IPv6. */
export function hostOf(url: URL): string {
	return url.hostname.replaceAll(/^\[|\]$/gu, '');
}

/** The proxy as it may be shown: never its user and password. */
export function proxyName(proxy: URL): string {
	return printableLine(`${proxy.protocol}//${proxy.host}`, 200);
}
