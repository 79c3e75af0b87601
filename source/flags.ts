/** A flag as it is typed, parsed and shown in help: one row serves all three. */
export type Flag = {
	/** Long name without dashes. */
	readonly name: string;
	readonly short?: string;
	readonly type: 'string' | 'boolean' | 'number';
	readonly multiple?: boolean;
	/** Placeholder of the value in help, or the values that are accepted, separated by `|`; `NODE` is the name of a node. */
	readonly value?: string;
	/** Least and greatest number that is accepted; 0 and any unless given. */
	readonly range?: readonly [number, number];
	readonly help: string;
};

/** Flags of kubectl's own connection, same names and meaning (kubectl's genericclioptions); every command takes them, as in kubectl. */
export const connectionFlags: readonly Flag[] = [
	{name: 'kubeconfig', type: 'string', value: 'FILE', help: 'kubeconfig file to use instead of $KUBECONFIG and ~/.kube/config'},
	{name: 'context', type: 'string', value: 'NAME', help: 'context of the kubeconfig'},
	{name: 'cluster', type: 'string', value: 'NAME', help: 'cluster of the kubeconfig'},
	{name: 'user', type: 'string', value: 'NAME', help: 'user of the kubeconfig'},
	{name: 'namespace', short: 'n', type: 'string', value: 'NAME', help: 'only hostPorts of this namespace'},
	{name: 'all-namespaces', short: 'A', type: 'boolean', help: 'hostPorts of all namespaces (the default)'},
	{name: 'server', short: 's', type: 'string', value: 'URL', help: 'address of the API server'},
	{name: 'token', type: 'string', value: 'TOKEN', help: 'bearer token for the API server'},
	{name: 'as', type: 'string', value: 'USER', help: 'user to impersonate'},
	{name: 'as-group', type: 'string', multiple: true, value: 'GROUP', help: 'group to impersonate; may be repeated'},
	{name: 'as-uid', type: 'string', value: 'UID', help: 'UID to impersonate'},
	{
		name: 'as-user-extra',
		type: 'string',
		multiple: true,
		value: 'KEY=VALUE',
		help: 'extra field of the user to impersonate; may be repeated, also with the same key',
	},
	{name: 'certificate-authority', type: 'string', value: 'FILE', help: "certificate of the API server's authority"},
	{name: 'client-certificate', type: 'string', value: 'FILE', help: 'client certificate'},
	{name: 'client-key', type: 'string', value: 'FILE', help: 'client key'},
	{name: 'insecure-skip-tls-verify', type: 'boolean', help: "do not check the API server's certificate"},
	{name: 'tls-server-name', type: 'string', value: 'NAME', help: "name to expect in the API server's certificate"},
	{
		name: 'request-timeout',
		type: 'string',
		value: 'DURATION',
		help: 'time limit of one request, such as 10s or 1m; 0 for none (default 30s)',
	},
];

export const commonFlags: readonly Flag[] = [
	{
		name: 'verbosity',
		short: 'v',
		type: 'number',
		value: 'LEVEL',
		help: 'talk on stderr: 6 shows each request, each command on a node, and stacks',
	},
	{name: 'help', short: 'h', type: 'boolean', help: 'this help'},
	{name: 'version', type: 'boolean', help: 'version of this program'},
];

/** What a command finds of the flags: by long name, as typed. */
export type FlagValues = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
