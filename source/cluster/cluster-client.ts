import type {Pressure} from '../pressure.ts';

/** An object as it came over the wire, by the type that the client library has for it: nobody has checked what is there, and times are text. */
export type Wire<T> = T extends Date
	? string
	: T extends ReadonlyArray<infer Item>
		? ReadonlyArray<Wire<Item>>
		: T extends object
			? {readonly [Key in keyof T]?: Wire<T[Key]>}
			: T;

/** Kind of a patch, each with a media type of its own. */
export type PatchType = 'merge' | 'strategic-merge' | 'json' | 'apply';

/** One request to the API server. */
export type ApiRequest = {
	readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
	/** Path below the server's address, such as `/api/v1/nodes`. */
	readonly path: string;
	readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
	readonly body?: unknown;
	/** Needed with PATCH: decides the content type. */
	readonly patchType?: PatchType;
	readonly signal?: AbortSignal;
	/** Time limit of this request; the connection's `--request-timeout` (30 s if not given) otherwise. 0: none. */
	readonly timeoutMilliseconds?: number;
	/** It changes nothing, or nothing twice: sent again where the answer was lost. A GET is anyway. */
	readonly repeatable?: boolean;
};

/** How a list is read, page by page. */
export type ListOptions = {
	readonly query?: ApiRequest['query'];
	readonly signal?: AbortSignal;
	/** Objects of a page; 500 like kubectl unless told. */
	readonly pageSize?: number;
	/** Told by an object's bytes whether it is wanted, before it is parsed. It may want too much, never too little. */
	readonly isWanted?: (object: Buffer) => boolean;
	/** What is wanted of each object, undefined for nothing of it: whole pages of objects are never held then. It may be asked of one twice. */
	readonly take?: (object: unknown) => unknown;
	/** Called when pages expired and the list starts over: what `take` got so far comes again. */
	readonly onRestart?: () => void;
	/** Called once all pages are there, with the `resourceVersion` of the list: a watch from there tells everything that came after. */
	readonly onVersion?: (version: string) => void;
};

/** What is watched, and who hears each line. */
export type WatchRequest = {
	readonly query?: ApiRequest['query'];
	readonly signal: AbortSignal;
	readonly onLine: (line: string) => void;
};

/** The container in which a command runs. */
export type ExecTarget = {
	readonly namespace: string;
	readonly pod: string;
	readonly container: string;
};

/** How a command runs in a container. */
export type ExecOptions = {
	readonly signal?: AbortSignal;
	readonly timeoutMilliseconds: number;
	/** Output beyond this (stdout, and stderr separately) is dropped and `truncated` set; 4 MiB unless told. */
	readonly maximumOutputBytes?: number;
	/** Sent on stdin, which is then half-closed where the server speaks protocol v5 and left open where not (v4). */
	readonly stdin?: Uint8Array;
};

/** What it has printed, cut at the limit, and its exit code. */
export type ExecResult = {
	readonly stdout: Uint8Array;
	readonly stderr: Uint8Array;
	readonly exitCode: number;
	readonly truncated: boolean;
};

/** What the rest of the program knows of the API server: plain requests, paged lists, exec. */
export type ClusterClient = {
	/** The server's address, for display. */
	readonly server: string;
	/** The context's name, if the connection came from a kubeconfig. */
	readonly context: string | undefined;
	/** The namespace that `-n` or the context names; `default` otherwise. */
	readonly namespace: string;
	/** Requests sent so far, exec included: the figure the bench reports. */
	readonly requestCount: number;
	/** How the server takes what it is asked; undefined: not told. */
	readonly pressure?: Pressure;
	/** The server's clock at its last answer, milliseconds since the epoch, to the second (`Date`, RFC 9110, 6.6.1); undefined: not told. */
	readonly serverTime?: number | undefined;
	/**
	 * One request, JSON in and out (plain text, such as logs, comes as a string). Retries 429 and 5xx on GET, on writes only 429 and a refused connection.
	 * @throws ClusterError
	 */
	request<T = unknown>(request: ApiRequest): Promise<T>;
	/**
	 * All objects of a collection, or what `take` gives of each, page by page; starts over once when a page expires (410).
	 * @throws ClusterError
	 */
	list<T = unknown>(path: string, options?: ListOptions): Promise<T[]>;
	/**
	 * Runs a command in a container over WebSocket.
	 * A non-zero exit code is a result; a lost connection, a time-out and a refusal are errors.
	 * @throws ClusterError
	 */
	exec(target: ExecTarget, command: readonly string[], options: ExecOptions): Promise<ExecResult>;
	/**
	 * The changes of a collection, a line of JSON each (meta/v1 `WatchEvent`, bookmarks too), until the server ends it.
	 * @throws ClusterError where it is refused or the connection breaks; the signal's reason
	 */
	watch(path: string, options: WatchRequest): Promise<void>;
	close(): Promise<void>;
};
