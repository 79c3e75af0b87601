/** The accesses to a node, the weakest first. `api` means that the node itself was not asked. */
export const accessKinds = ['agent', 'pod', 'ssh'] as const;
/** One access to a node, by name. */
export type AccessKind = (typeof accessKinds)[number];

/** How a script is run on a node. */
export type RunOptions = {
	/** Positional parameters of the script: `$1`, `$2` … They are never interpreted by a shell. */
	readonly parameters?: readonly string[];
	/** Stops the run; the promise then rejects with the signal's reason. */
	readonly signal: AbortSignal;
	readonly timeoutMilliseconds: number;
	/** Output beyond this is dropped and `truncated` set. */
	readonly maximumOutputBytes?: number;
};

/** What a script has printed, cut at the limit of its options, and its exit code. */
export type RunResult = {
	readonly stdout: string;
	readonly stderr: string;
	readonly exitCode: number;
	readonly truncated: boolean;
};

/** How a folder of the node is called on the node, and under which path this access sees it. */
export type SeenFolder = {
	readonly host: string;
	readonly seen: string;
};

/** One open way into one node. Whatever it made on the cluster is gone after `close`. */
export type NodeAccess = {
	readonly node: string;
	/** One word for the user: `pod kube-system/cilium-abcde`, `ssh root@10.0.0.1`. */
	readonly label: string;
	/** The CNI configuration folder, if this access sees it. */
	readonly configurationFolder: SeenFolder | undefined;
	/** The CNI binary folder, if this access sees it. */
	readonly binaryFolder: SeenFolder | undefined;
	/** Whether the Cilium agent's own command line (`cilium-dbg`, `cilium`) can be called here. */
	readonly hasAgentCommand: boolean;
	/** Id of the agent's container, where scripts run on the node and can find it there. */
	readonly agentContainer?: string;
	/** Scripts run in the node's own namespaces: with its files, its libraries, its processes. */
	readonly isOnNode?: boolean;
	/** Why it came about in another manner than usual, one line; absent where it did not. */
	readonly remark?: string;
	/**
	 * Runs a POSIX `sh` script in one round trip. A non-zero exit code is a result, not an error.
	 * @throws MissingProgram where there is no shell
	 */
	run(script: string, options: RunOptions): Promise<RunResult>;
	/**
	 * Runs one program without a shell; absent where this access needs one for everything.
	 * @throws MissingProgram where there is no such program
	 */
	readonly runProgram?: (command: readonly string[], options: Omit<RunOptions, 'parameters'>) => Promise<RunResult>;
	/**
	 * Lays a file on the node: under a temporary name in the same folder first, then size and sha256 are checked there, the mode is
	 * set and the name changed in one step. Nothing remains if any of it fails. Absent where this access cannot write.
	 */
	put?(file: FileToPut, options: PutOptions): Promise<void>;
	close(): Promise<void>;
};

/** A file to write on a node, whole or not at all. */
export type FileToPut = {
	/** Folder by its path on the node itself. */
	readonly folder: string;
	readonly name: string;
	readonly content: Uint8Array;
	/** Permission bits: 0o755. */
	readonly mode: number;
	/** Of `content`, in hexadecimal. */
	readonly sha256: string;
};

/** Limits of writing a file. */
export type PutOptions = {
	readonly signal: AbortSignal;
	readonly timeoutMilliseconds: number;
};
