import {ActionableError} from '../errors.ts';
import type {RequestSubject} from './request-subject.ts';

/** Why there is no usable answer where the server gave no Kubernetes reason of its own. */
export type ConnectionFailure =
	/** Connection refused: nothing was sent. */
	| 'ConnectionRefused'
	/** The name or the address leads nowhere, or no connection came about in time: nothing was sent. */
	| 'Unreachable'
	/** The connection broke; what was asked for may have happened. */
	| 'ConnectionLost'
	/** The time limit of the request; what was asked for may have happened. */
	| 'RequestTimeout'
	/** The server's certificate is not accepted, or the client's. */
	| 'TlsFailure'
	| 'ProxyFailure'
	/** Something answers that is no Kubernetes API server. */
	| 'NotKubernetes';

/** A request that the API server did not fulfil. Neither `message` nor `hint` holds headers or bodies. */
export class ClusterError extends ActionableError {
	override readonly name = 'ClusterError';
	/** HTTP status, if the server answered. */
	readonly status: number | undefined;
	/** The server's own reason (`Forbidden`, `NotFound`, `Conflict` …) or a `ConnectionFailure`. */
	readonly reason: string;
	/** Kubernetes verb: `list`, `get`, `create` … */
	readonly verb: string;
	/** `pods`, `pods/exec`, `daemonsets.apps`. */
	readonly resource: string;
	/** What the server asked to wait before another try. */
	readonly retryAfterMilliseconds: number | undefined;
	/** What the server names as causes (meta/v1 `StatusCause`), printable: `The disruption budget web needs 2 healthy pods and has 2 currently`. */
	readonly causes: readonly string[];

	constructor(
		message: string,
		hint: string,
		{verb, resource}: Pick<RequestSubject, 'verb' | 'resource'>,
		details: {
			readonly reason: string;
			readonly status?: number | undefined;
			readonly retryAfterMilliseconds?: number | undefined;
			readonly causes?: readonly string[];
			readonly cause?: unknown;
		},
	) {
		super(message, hint, {cause: details.cause});
		this.status = details.status;
		this.reason = details.reason;
		this.verb = verb;
		this.resource = resource;
		this.retryAfterMilliseconds = details.retryAfterMilliseconds;
		this.causes = details.causes ?? [];
	}
}
