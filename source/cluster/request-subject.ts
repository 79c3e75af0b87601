/** What a request is about, in the words of the authorisation rules. */
export type RequestSubject = {
	readonly verb: string;
	/** With API group and subresource: `nodes`, `pods/exec`, `daemonsets.apps`; the path where it is no resource. */
	readonly resource: string;
	readonly namespace: string | undefined;
	readonly name: string | undefined;
	/** The path, for the log. */
	readonly path: string;
	readonly method: string;
};

const verbs: Readonly<Record<string, string>> = {POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete'};

/** Reads verb and resource off a request as the API server does (k8s.io/apiserver, endpoints/request/requestinfo.go). */
export function subjectOf(method: string, path: string): RequestSubject {
	const [root, ...rest] = path.split('?')[0]?.split('/').filter(Boolean).map(decoded) ?? [];
	const group = root === 'apis' ? rest[0] : undefined;
	const parts = rest.slice(root === 'apis' ? 2 : 1);
	const namespaced = parts[0] === 'namespaces' && parts.length > 2;
	const [kind, name, ...subresource] = namespaced ? parts.slice(2) : parts;
	const common = {method, path, namespace: namespaced ? parts[1] : undefined, name};
	if ((root !== 'api' && root !== 'apis') || kind === undefined) return {...common, verb: method.toLowerCase(), resource: path};
	const collectionVerb = method === 'GET' ? 'list' : 'deletecollection';
	const isCollection = name === undefined && (method === 'GET' || method === 'DELETE');
	return {
		...common,
		verb: isCollection ? collectionVerb : (verbs[method] ?? 'get'),
		resource: `${kind}${group === undefined ? '' : `.${group}`}${subresource.length > 0 ? `/${subresource.join('/')}` : ''}`,
	};
}

/** `list pods in namespace kube-system`, `get nodes "node-1"`, `run a command in pod kube-system/cilium-abcde`. */
export function subjectText({verb, resource, namespace, name}: RequestSubject): string {
	if (resource === 'pods/exec') return `run a command in pod ${namespace}/${name}`;
	return `${verb} ${resource}${name === undefined ? '' : ` "${name}"`}${namespace === undefined ? '' : ` in namespace ${namespace}`}`;
}

function decoded(part: string): string {
	try {
		return decodeURIComponent(part);
	} catch {
		// A stray percent sign: shown as it stands.
		return part;
	}
}
