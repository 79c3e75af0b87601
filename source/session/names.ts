import type {V1NamespaceList, V1NodeList} from '@kubernetes/client-node';
import type {Wire} from '../cluster/cluster-client.ts';
import {printableLine} from '../foreign-text.ts';
import {withConnection} from './connection.ts';
import type {Session} from './session.ts';

const mostNames = 500;

/** What names can be asked for. */
export type Named = 'cluster' | 'code' | 'context' | 'namespace' | 'node' | 'run' | 'user';

/**
 * Names that are there, for the shell's completion; none where they cannot be had. Names that a shell would break are omitted.
 * @param limit milliseconds that it may take
 */
export async function namesOf(named: Named, session: Session, limit: number): Promise<readonly string[]> {
	const signal = AbortSignal.any([session.signal, AbortSignal.timeout(limit)]);
	try {
		const names = await sources[named]({...session, signal});
		return names.slice(0, mostNames).filter(name => printableLine(name) === name && !/\s/u.test(name));
	} catch {
		// Whoever goes on without completion is told by the command itself what is wrong.
		return [];
	}
}

const sources: Readonly<Record<Named, (session: Session) => Promise<readonly string[]>>> = {
	async code() {
		const {explanations} = await import('../diagnosis/explanations.ts');
		return explanations.map(({code}) => code);
	},
	context: async session => [...(await kubeconfigOf(session)).contexts.keys()],
	cluster: async session => [...(await kubeconfigOf(session)).clusters.keys()],
	user: async session => [...(await kubeconfigOf(session)).users.keys()],
	node: async session => listed(session, '/api/v1/nodes'),
	namespace: async session => listed(session, '/api/v1/namespaces'),
	/** Of this machine alone: which namespace of a cluster keeps the others would have to be found first. */
	async run({environment}) {
		const {listJournalFiles, runsFolder} = await import('../repair/run/journal-file.ts');
		return (await listJournalFiles(runsFolder(environment))).map(({id}) => id);
	},
};

async function kubeconfigOf({connection, environment, signal}: Session) {
	const {findKubeconfig} = await import('../cluster/kubeconfig-search.ts');
	return findKubeconfig(connection.kubeconfig, environment, signal);
}

async function listed(session: Session, path: string): Promise<readonly string[]> {
	return withConnection(session, async client => {
		const {items = []} = await client.request<Wire<V1NodeList | V1NamespaceList>>({
			path,
			query: {limit: mostNames},
			signal: session.signal,
		});
		return items.map(({metadata}) => metadata?.name ?? '').filter(Boolean);
	});
}
