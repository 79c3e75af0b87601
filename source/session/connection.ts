import {abortMeanwhile} from '../abort.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import type {Session} from './session.ts';

type Connecting = Pick<Session, 'connection' | 'signal' | 'environment' | 'clock' | 'log'>;

/** Acts over a connection of its own, and closes it whatever happens. @throws as `openConnection` */
export async function withConnection<T>(session: Connecting, act: (client: ClusterClient) => Promise<T>): Promise<T> {
	const client = await openConnection(session);
	try {
		return await act(client);
	} finally {
		await client.close();
	}
}

/**
 * The API server that the flags name. Ctrl-C ends the connecting; once connected it ends single requests only, because
 * what was made on the cluster has to be removed over this very connection. The caller closes it.
 * @throws ClusterError, UsageError
 */
export async function openConnection({connection, signal, environment, clock, log}: Connecting): Promise<ClusterClient> {
	const {connect} = await import('../cluster/connect.ts');
	return abortMeanwhile(signal, async own => connect(connection, {environment, signal: own, log, clock}));
}
