import {findResource, type Resource} from './resources.ts';

/** What a path of the Kubernetes API names. */
export type ApiPath = {
	readonly resource: Resource;
	/** The version of the path, which need not be the one stored. */
	readonly version: string;
	/** Undefined: cluster-wide, or all namespaces. */
	readonly namespace: string | undefined;
	/** Undefined: the collection. */
	readonly name: string | undefined;
	/** `exec`, `log`, `eviction`; undefined for the object itself. */
	readonly subresource: string | undefined;
};

/**
 * Reads `/api/v1/…` and `/apis/GROUP/VERSION/…`.
 * `unknown-group`: no such group and version is served, which a real server answers in plain text; `unknown-resource`: the group is.
 */
export function parseApiPath(path: string, resources: readonly Resource[]): ApiPath | 'unknown-group' | 'unknown-resource' {
	const words = path.split('/').slice(1).map(decode);
	const root = words.shift();
	const group = root === 'apis' ? words.shift() : root === 'api' ? '' : undefined;
	const version = words.shift();
	const served = resources.some(r => r.group === group && (r.version === version || r.alsoServed.includes(version ?? '')));
	if (group === undefined || version === undefined || !served) return 'unknown-group';
	const inNamespace = words[0] === 'namespaces' && words.length >= 3;
	const namespace = inNamespace ? words[1] : undefined;
	const [plural = '', name, subresource, ...more] = inNamespace ? words.slice(2) : words;
	const resource = findResource(resources, group, version, plural);
	if (!resource || more.length > 0 || (name !== undefined && resource.namespaced !== inNamespace)) return 'unknown-resource';
	return {resource, version, namespace, name: name === '' ? undefined : name, subresource};
}

function decode(word: string): string {
	try {
		return decodeURIComponent(word);
	} catch {
		// Not a valid escape: then it names nothing that exists, and the word as it came does not either.
		return word;
	}
}
