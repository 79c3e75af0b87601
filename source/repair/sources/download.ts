import https from 'node:https';
import {ActionableError, messageOf} from '../../errors.ts';
import {shownSource} from './shown-source.ts';

const largestDownload = 256 * 1024 * 1024;
const mostRedirects = 5;

/**
 * Fetches a file over HTTPS, by way of HTTPS_PROXY where it is set and NO_PROXY does not except the host.
 * @throws ActionableError
 */
export async function download(url: string, environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Uint8Array> {
	// Node's own agent reads the proxy variables from 22.21 and 24.5 on (nodejs/node #58980); older ones would go past the proxy in silence.
	const wantsProxy = Boolean(environment['HTTPS_PROXY'] ?? environment['https_proxy']);
	if (wantsProxy && !readsProxyVariables(process.versions.node)) {
		throw new ActionableError(
			`HTTPS_PROXY needs Node 22.21 or 24.5, this is ${process.versions.node}`,
			'Fetch the file yourself and use --portmap FILE.',
		);
	}

	const agent = new https.Agent({proxyEnv: environment});
	try {
		return await get(url, agent, signal, mostRedirects);
	} catch (error) {
		signal.throwIfAborted();
		if (error instanceof ActionableError) throw error;
		throw new ActionableError(
			`${shownSource(url)} cannot be fetched: ${messageOf(error)}`,
			'If this machine has no internet access, fetch it elsewhere and use --portmap FILE.',
			{cause: error},
		);
	} finally {
		agent.destroy();
	}
}

function readsProxyVariables(version: string): boolean {
	const [major = 0, minor = 0] = version.split('.').map(Number);
	return major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21);
}

async function get(url: string, agent: https.Agent, signal: AbortSignal, redirects: number): Promise<Uint8Array> {
	if (new URL(url).protocol !== 'https:') throw new Error('a program is fetched over https only');
	const {status, location, content} = await request(url, agent, signal);
	if (status >= 300 && status < 400 && location !== undefined) {
		if (redirects === 0) throw new Error('too many redirects');
		return get(new URL(location, url).href, agent, signal, redirects - 1);
	}

	if (status !== 200) throw new Error(`the server answers ${status}`);
	return content;
}

async function request(
	url: string,
	agent: https.Agent,
	signal: AbortSignal,
): Promise<{status: number; location: string | undefined; content: Uint8Array}> {
	return new Promise((resolve, reject) => {
		const limit = AbortSignal.any([signal, AbortSignal.timeout(300_000)]);
		https
			.get(url, {agent, signal: limit, headers: {'user-agent': 'kubectl-hostport'}}, response => {
				const parts: Uint8Array[] = [];
				let size = 0;
				response.on('data', (part: Uint8Array) => {
					size += part.length;
					if (size > largestDownload) response.destroy(new Error('more than 256 MB'));
					else parts.push(part);
				});
				response.on('error', reject);
				response.on('end', () =>
					resolve({status: response.statusCode ?? 0, location: response.headers.location, content: Buffer.concat(parts)}),
				);
			})
			.on('error', reject);
	});
}
