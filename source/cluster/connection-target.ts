import {UsageError} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import type {ConnectionFlags} from './connection-flags.ts';
import type {Impersonation} from './impersonation.ts';
import type {Kubeconfig, KubeconfigCluster, KubeconfigContext, KubeconfigUser} from './kubeconfig.ts';
import {listed} from '../words.ts';

/** Where to and as whom: one context of the kubeconfig with the flags laid over it. */
export type ConnectionTarget = {
	/** May hold a path, below which the API lies. */
	readonly server: URL;
	readonly context: string | undefined;
	readonly namespace: string;
	readonly cluster: KubeconfigCluster;
	/** The user entry's name, for messages. */
	readonly userName: string | undefined;
	readonly user: KubeconfigUser;
	readonly impersonation: Impersonation;
};

/**
 * Chooses context, cluster and user, and lays the flags over them as kubectl does (client-go, tools/clientcmd/client_config.go).
 * One thing is stricter: a context that names a user who is not there is an error; kubectl goes on as nobody.
 * @throws UsageError when a name on the command line does not exist, nothing says which context, or the kubeconfig contradicts itself
 */
export function chooseTarget(kubeconfig: Kubeconfig, flags: ConnectionFlags): ConnectionTarget {
	const [contextName, context] = chosenContext(kubeconfig, flags);
	const [, cluster] = chosenEntry('cluster', kubeconfig.clusters, flags.cluster, context?.cluster, contextName);
	const [userName, user] = chosenEntry('user', kubeconfig.users, flags.user, context?.user, contextName);
	const overlaidCluster = clusterWith(cluster ?? {}, flags);
	const overlaidUser = userWith(user ?? {}, flags);
	return {
		server: serverAddress(overlaidCluster, overlaidUser, kubeconfig, flags),
		context: contextName,
		namespace: flags.namespace || context?.namespace || 'default',
		cluster: overlaidCluster,
		userName,
		user: overlaidUser,
		impersonation: {
			user: flags.as || overlaidUser.as,
			uid: flags.asUid || overlaidUser['as-uid'],
			groups: flags.asGroup !== undefined && flags.asGroup.length > 0 ? flags.asGroup : overlaidUser['as-groups'],
			extra: flags.asUserExtra === undefined ? overlaidUser['as-user-extra'] : {...overlaidUser['as-user-extra'], ...flags.asUserExtra},
		},
	};
}

function chosenContext(kubeconfig: Kubeconfig, flags: ConnectionFlags): [string | undefined, KubeconfigContext | undefined] {
	const name = flags.context || kubeconfig.currentContext;
	if (name === undefined) return [undefined, undefined];
	const context = kubeconfig.contexts.get(name);
	if (context !== undefined) return [name, context];
	const hint =
		kubeconfig.contexts.size === 0
			? 'Set --kubeconfig or KUBECONFIG: no kubeconfig with contexts was found'
			: `Choose one of: ${nameList(kubeconfig.contexts)}`;
	if (flags.context) throw new UsageError(`there is no context "${name}"`, hint);
	throw new UsageError(`the current-context "${name}" of ${kubeconfig.files.join(', ')} does not exist`, hint);
}

function chosenEntry<Entry>(
	what: 'cluster' | 'user',
	entries: ReadonlyMap<string, Entry>,
	flag: string | undefined,
	inContext: string | undefined,
	context: string | undefined,
): [string | undefined, Entry | undefined] {
	const name = flag || inContext || undefined;
	if (name === undefined) return [undefined, undefined];
	const entry = entries.get(name);
	if (entry !== undefined) return [name, entry];
	const hint = entries.size === 0 ? `Add one: the kubeconfig has no ${what}` : `Choose one of: ${nameList(entries)}`;
	if (flag) throw new UsageError(`there is no ${what} "${name}"`, hint);
	throw new UsageError(`the context "${context}" names the ${what} "${name}", which does not exist`, hint);
}

function clusterWith(cluster: KubeconfigCluster, flags: ConnectionFlags): KubeconfigCluster {
	const trustGiven = flags.insecureSkipTlsVerify === true || Boolean(flags.certificateAuthority);
	return {
		...cluster,
		...(flags.server && {server: flags.server}),
		// Trust is replaced as a whole: no rest of the kubeconfig's own may weaken or contradict what was typed.
		...(trustGiven && {
			'insecure-skip-tls-verify': flags.insecureSkipTlsVerify === true,
			'certificate-authority': flags.certificateAuthority,
			'certificate-authority-data': undefined,
		}),
		// Another server than the kubeconfig's has another name.
		...((flags.tlsServerName || flags.server) && {'tls-server-name': flags.tlsServerName}),
	};
}

function userWith(user: KubeconfigUser, flags: ConnectionFlags): KubeconfigUser {
	return {
		...user,
		...(flags.username && {username: flags.username, password: flags.password, token: undefined, tokenFile: undefined}),
		...(flags.token && {token: flags.token, tokenFile: undefined, username: undefined, password: undefined}),
		...(flags.clientCertificate && {'client-certificate': flags.clientCertificate, 'client-certificate-data': undefined}),
		...(flags.clientKey && {'client-key': flags.clientKey, 'client-key-data': undefined}),
	};
}

function serverAddress(cluster: KubeconfigCluster, user: KubeconfigUser, kubeconfig: Kubeconfig, flags: ConnectionFlags): URL {
	const {server} = cluster;
	if (!server) throw noServer(kubeconfig, flags);
	const overTls =
		cluster['certificate-authority'] ||
		cluster['certificate-authority-data'] ||
		cluster['insecure-skip-tls-verify'] ||
		user['client-certificate'];
	const address = server.includes('://') ? server : `${overTls ? 'https' : 'http'}://${server}`;
	const url = URL.canParse(address) ? new URL(address) : undefined;
	if (url !== undefined && (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '' && url.password === '')
		return url;
	const problem = 'the server address is not a URL of the form https://HOST:PORT';
	throw new UsageError(problem, flags.server ? 'Check --server' : `Check "server" in ${kubeconfig.files.join(', ')}`);
}

function noServer({files, absent = [], contexts}: Kubeconfig, flags: ConnectionFlags): UsageError {
	if (files.length === 0) {
		return new UsageError(
			absent.length === 0
				? 'no kubeconfig was found, and this is not a pod of a cluster'
				: `KUBECONFIG names ${absent.join(', ')}, which ${absent.length === 1 ? 'does' : 'do'} not exist`,
			'Set --kubeconfig or KUBECONFIG, or the server with --server',
		);
	}

	if (flags.context === undefined && contexts.size > 0) {
		return new UsageError(`${files.join(', ')} has no current-context`, `Choose one with --context: ${nameList(contexts)}`);
	}

	return new UsageError(`${files.join(', ')} names no server for this context`, 'Set "server" of the cluster, or use --server.');
}

/** The names in order of the file; a long list is cut. */
function nameList(entries: ReadonlyMap<string, unknown>): string {
	return printableLine(listed([...entries.keys()], 10));
}
