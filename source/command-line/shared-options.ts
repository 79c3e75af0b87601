import {file, flag, text, texts, withoutEffect, wholeNumber, wouldChange, type ValuesOf} from './option.ts';

/** Flags of kubectl's own connection, same names and meaning (kubectl's genericclioptions); every command takes them, as in kubectl. */
export const connectionOptions = {
	kubeconfig: file({help: 'kubeconfig file to use instead of $KUBECONFIG and ~/.kube/config', dash: 'standard input'}),
	context: text({value: 'NAME', completes: 'context', help: 'context of the kubeconfig'}),
	cluster: text({value: 'NAME', completes: 'cluster', help: 'cluster of the kubeconfig'}),
	user: text({value: 'NAME', completes: 'user', help: 'user of the kubeconfig'}),
	namespace: text({short: 'n', value: 'NAME', completes: 'namespace', help: 'only hostPorts of this namespace'}),
	allNamespaces: flag({short: 'A', help: 'hostPorts of all namespaces (the default)'}),
	server: text({short: 's', value: 'URL', help: 'address of the API server'}),
	token: text({value: 'TOKEN', help: 'bearer token for the API server'}),
	username: text({value: 'NAME', help: 'user name for basic authentication; API servers since 1.19 do not accept it'}),
	password: text({value: 'TEXT', help: 'password of --username'}),
	as: text({value: 'USER', help: 'user to impersonate'}),
	asGroup: texts({value: 'GROUP', help: 'group to impersonate; can be repeated'}),
	asUid: text({value: 'UID', help: 'UID to impersonate'}),
	asUserExtra: texts({
		value: 'KEY=VALUE',
		help: 'extra field of the user to impersonate; can be repeated, also with the same key',
	}),
	certificateAuthority: file({help: "certificate of the API server's authority", dash: 'standard input'}),
	clientCertificate: file({help: 'client certificate', dash: 'standard input'}),
	clientKey: file({help: 'client key', dash: 'standard input'}),
	insecureSkipTlsVerify: flag({help: "do not check the API server's certificate"}),
	tlsServerName: text({value: 'NAME', help: "name to expect in the API server's certificate"}),
	requestTimeout: text({value: 'DURATION', help: 'time limit of one request, such as 10s or 1m; 0 for none (default 30s)'}),
};

/** kubectl’s flags for what this program does not do: taken where nothing follows from that, refused where something would. */
const otherOptions = {
	cacheDir: withoutEffect({value: 'FOLDER', why: 'nothing is cached'}),
	disableCompression: withoutEffect({why: 'responses are never compressed'}),
	kuberc: withoutEffect({value: 'FILE', why: 'preferences of kubectl’s own commands are not read'}),
	logFlushFrequency: withoutEffect({value: 'DURATION', why: 'every line is written at once'}),
	vmodule: withoutEffect({value: 'PATTERNS', why: 'use -v'}),
	profileOutput: withoutEffect({value: 'FILE', why: 'no profile is taken'}),
	profile: wouldChange({value: 'none', allowed: 'none', why: 'no profile is taken'}),
	matchServerVersion: wouldChange({why: 'this program has no Kubernetes version of its own'}),
	warningsAsErrors: wouldChange({why: 'warnings of the API server are shown only'}),
};

/** Flags of every command besides. */
export const commonOptions = {
	verbosity: wholeNumber({
		short: 'v',
		value: 'LEVEL',
		help: 'log to stderr; 6 shows each request, each command on a node, and stack traces',
	}),
	help: flag({short: 'h', help: 'this help'}),
	version: flag({help: 'version of this program'}),
};

/** What every command takes, whatever its own options are. */
export const sharedOptions = {...connectionOptions, ...otherOptions, ...commonOptions};

/** Values of the options that every command takes. */
export type SharedValues = ValuesOf<typeof sharedOptions>;
