import * as z from 'zod/mini';

const text = z.optional(z.string());
const texts = z.optional(z.array(z.string()));

const cluster = z.object({
	server: text,
	'certificate-authority': text,
	'certificate-authority-data': text,
	'insecure-skip-tls-verify': z.optional(z.boolean()),
	'tls-server-name': text,
	'proxy-url': text,
	'disable-compression': z.optional(z.boolean()),
	extensions: z.optional(z.array(z.object({name: z.string(), extension: z.unknown()}))),
});

const execPlugin = z.object({
	apiVersion: text,
	command: text,
	args: texts,
	env: z.optional(z.array(z.object({name: z.string(), value: z._default(z.string(), '')}))),
	installHint: text,
	interactiveMode: z.optional(z.enum(['Never', 'IfAvailable', 'Always'])),
	provideClusterInfo: z.optional(z.boolean()),
});

const user = z.object({
	'client-certificate': text,
	'client-certificate-data': text,
	'client-key': text,
	'client-key-data': text,
	token: text,
	tokenFile: text,
	username: text,
	password: text,
	as: text,
	'as-uid': text,
	'as-groups': texts,
	'as-user-extra': z.optional(z.record(z.string(), z.array(z.string()))),
	exec: z.optional(execPlugin),
	'auth-provider': z.optional(z.object({name: text, config: z.optional(z.record(z.string(), z.string()))})),
});

const context = z.object({cluster: text, user: text, namespace: text});

const name = z._default(z.string(), '');

/** A kubeconfig file as it is written (client-go, tools/clientcmd/api/v1/types.go); what we have no use for is omitted. */
export const kubeconfigFile = z.object({
	kind: text,
	'current-context': text,
	contexts: z.optional(z.array(z.object({name, context: z.optional(context)}))),
	clusters: z.optional(z.array(z.object({name, cluster: z.optional(cluster)}))),
	users: z.optional(z.array(z.object({name, user: z.optional(user)}))),
});

/** A cluster of a kubeconfig. */
export type KubeconfigCluster = z.infer<typeof cluster>;
/** A user of a kubeconfig. */
export type KubeconfigUser = z.infer<typeof user>;
/** A context of a kubeconfig. */
export type KubeconfigContext = z.infer<typeof context>;
/** An exec credential plug-in of a kubeconfig user. */
export type ExecPlugin = z.infer<typeof execPlugin>;

/** One file, or several merged into one: every path in it is absolute. */
export type Kubeconfig = {
	/** The files it came from, for messages. */
	readonly files: readonly string[];
	/** Files of KUBECONFIG that are not there. */
	readonly absent?: readonly string[];
	readonly currentContext: string | undefined;
	readonly contexts: ReadonlyMap<string, KubeconfigContext>;
	readonly clusters: ReadonlyMap<string, KubeconfigCluster>;
	readonly users: ReadonlyMap<string, KubeconfigUser>;
};
