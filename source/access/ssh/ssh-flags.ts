/** Which address of a Node object is spoken to: its InternalIP, ExternalIP, or Hostname (else the node's own name). */
export const addressKinds = ['internal', 'external', 'hostname'] as const;
/** Kind of node address that SSH connects to. */
export type AddressKind = (typeof addressKinds)[number];

/** Who speaks SSH: the library in this process, or the `ssh` of the system. */
export const sshClients = ['ssh2', 'system'] as const;
type SshClient = (typeof sshClients)[number];

/** What a person chose for one host, on the command line or in the file of node overrides; the rest comes from ssh_config. */
export type SshChoices = {
	/** `--ssh-user` */
	readonly user?: string | undefined;
	/** `--ssh-key`: private key file. It is offered alone, whatever else the agent holds. */
	readonly key?: string | undefined;
	/** `--ssh-port` */
	readonly port?: number | undefined;
	/** `--ssh-config`: used instead of the user's and the system's ssh_config. */
	readonly config?: string | undefined;
	/** `--ssh-known-hosts`: used instead of UserKnownHostsFile, for jump hosts too. */
	readonly knownHosts?: string | undefined;
	/** `--ssh-jump`: `[user@]host[:port]`, several separated by commas, or `none`. */
	readonly jump?: string | undefined;
	/** `--ssh-client`: else ssh2, and the system's where ssh2 cannot. */
	readonly client?: SshClient | undefined;
};

/** The flags of the command line that concern SSH. */
export type SshFlags = SshChoices & {
	/** `--ssh-address`; not given: internal, and where a node has none, hostname, then external. */
	readonly address?: AddressKind | undefined;
};
