import {groupVersion, type Resource} from './resources.ts';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** The documents below `/api` and `/apis` by which kubectl learns what a server serves; undefined for any other path. */
export function discoveryDocument(path: string, resources: readonly Resource[]): unknown {
	if (path === '/api') return {kind: 'APIVersions', versions: ['v1']};
	if (path === '/apis') return {kind: 'APIGroupList', apiVersion: 'v1', groups: groups(resources)};
	const group = /^\/apis\/([^/]+)$/u.exec(path)?.[1];
	if (group !== undefined) {
		const found = groups(resources).find(({name}) => name === group);
		return found && {kind: 'APIGroup', apiVersion: 'v1', ...found};
	}
	const served = /^\/api\/(v1)$/u.exec(path)?.[1] ?? /^\/apis\/([^/]+\/[^/]+)$/u.exec(path)?.[1];
	const list = resources.filter(r => versionsOf(r).some(version => groupVersion(r.group, version) === served));
	if (list.length === 0) return undefined;
	return {kind: 'APIResourceList', apiVersion: 'v1', groupVersion: served, resources: list.flatMap(described)};
}

const versionsOf = (resource: Resource): string[] => [resource.version, ...resource.alsoServed];

function groups(resources: readonly Resource[]) {
	return [...new Set(resources.map(r => r.group))]
		.filter(name => name !== '')
		.map(name => {
			const versions = [...new Set(resources.filter(r => r.group === name).flatMap(versionsOf))].map(version => ({
				groupVersion: groupVersion(name, version),
				version,
			}));
			return {name, versions, preferredVersion: versions[0]};
		});
}

function described({plural, kind, namespaced, shortNames}: Resource) {
	const own = {name: plural, singularName: kind.toLowerCase(), namespaced, kind, verbs, shortNames};
	const sub = (name: string, subKind: string) => ({
		name: `${plural}/${name}`,
		singularName: '',
		namespaced,
		kind: subKind,
		verbs: ['create', 'get'],
	});
	if (plural !== 'pods') return [own];
	return [own, sub('exec', 'PodExecOptions'), sub('log', 'Pod'), sub('eviction', 'Eviction')];
}
