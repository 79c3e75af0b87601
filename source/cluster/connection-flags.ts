/**
 * The connection flags of kubectl, as typed: each overrides its part of the kubeconfig.
 * Names and meaning: k8s.io/cli-runtime, genericclioptions.ConfigFlags.
 */
export type ConnectionFlags = {
	/** The one file to read; it must exist and nothing is merged into it. */
	readonly kubeconfig?: string;
	readonly context?: string;
	/** Another cluster entry of the kubeconfig than the context names. */
	readonly cluster?: string;
	/** Another user entry of the kubeconfig than the context names. */
	readonly user?: string;
	readonly namespace?: string;
	readonly server?: string;
	readonly token?: string;
	readonly username?: string;
	readonly password?: string;
	readonly as?: string;
	readonly asGroup?: readonly string[];
	readonly asUid?: string;
	/** By key; each takes the place of the kubeconfig's values of that key. */
	readonly asUserExtra?: Readonly<Record<string, readonly string[]>>;
	readonly certificateAuthority?: string;
	readonly clientCertificate?: string;
	readonly clientKey?: string;
	readonly insecureSkipTlsVerify?: boolean;
	readonly tlsServerName?: string;
	/** Go's form (`90s`, `2m30s`) or plain seconds; `0` is no limit. */
	readonly requestTimeout?: string;
	/** kubectl's `-v`: 6 shows each request. */
	readonly verbosity?: number;
};
