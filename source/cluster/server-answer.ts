import {STATUS_CODES} from 'node:http';
import * as z from 'zod/mini';
import {parseJson} from '../bounded-json.ts';
import {printableLine} from '../foreign-text.ts';
import {ClusterError} from './cluster-error.ts';
import {subjectText, type RequestSubject} from './request-subject.ts';

/** An HTTP answer, whole and unpacked. */
export type ServerAnswer = {
	readonly status: number;
	readonly contentType: string;
	/** The `Retry-After` header as sent. */
	readonly retryAfter: string | undefined;
	/** The `Date` header as sent. */
	readonly date?: string | undefined;
	readonly body: Buffer;
};

/** `Status` of the Kubernetes API (meta/v1): what a refused request and a finished exec are answered with. */
const statusObject = z.object({
	kind: z.optional(z.literal('Status')),
	status: z.optional(z.string()),
	message: z.optional(z.string()),
	reason: z.optional(z.string()),
	code: z.optional(z.number()),
	details: z.optional(
		z.nullable(
			z.object({
				causes: z.optional(z.nullable(z.array(z.object({reason: z.optional(z.string()), message: z.optional(z.string())})))),
				retryAfterSeconds: z.optional(z.number()),
			}),
		),
	),
});

type StatusObject = z.infer<typeof statusObject>;

/** The refusal of credentials (401), told in words that name them. */
export type Unauthorized = () => {readonly message: string; readonly hint: string};

/** A `Status` object in a body; undefined where there is none. */
export function statusIn(body: Buffer): StatusObject | undefined {
	try {
		const result = statusObject.safeParse(parseJson(body));
		return result.success && (result.data.kind === 'Status' || result.data.status !== undefined) ? result.data : undefined;
	} catch {
		// Not JSON: whoever asks says so.
		return undefined;
	}
}

/** An answer of 300 and above as an error that says what was asked for, what the server says, and what to do. */
export function refusal(subject: RequestSubject, server: string, answer: ServerAnswer, unauthorized: Unauthorized): ClusterError {
	const {status} = answer;
	const object = statusIn(answer.body);
	// A gateway in front may answer 429 and 5xx in its own words; anything else that is not JSON is another kind of server.
	if (object === undefined && status !== 401 && status !== 429 && status < 500) return notKubernetes(subject, server, answer);
	const said = printableLine(object?.message ?? plainText(answer), 400);
	const reason = printableLine(object?.reason || STATUS_CODES[status]?.replaceAll(' ', '') || String(status), 60);
	const {message, hint} = wording(subject, server, status, reason, said, unauthorized);
	const causes = (object?.details?.causes ?? []).flatMap(({message: cause = ''}) => printableLine(cause, 200) || []);
	return new ClusterError(message, hint, subject, {status, reason, retryAfterMilliseconds: retryAfter(answer.retryAfter, object), causes});
}

/** What failed behind the API server (a kubelet that cannot be reached, say) is told in plain text. */
function plainText({contentType, body}: ServerAnswer): string {
	return /^text\/plain\b/iu.test(contentType) ? body.toString('utf8', 0, 2000) : '';
}

/** Something answered, and not in the language of a Kubernetes API. */
export function notKubernetes(subject: RequestSubject, server: string, {status, contentType, body}: ServerAnswer): ClusterError {
	const type = printableLine(contentType.split(';')[0] ?? '', 60) || 'no content type';
	// What Go's HTTPS server says to plain HTTP (net/http, server.go).
	const plainToTls = status === 400 && body.toString('latin1', 0, 200).includes('HTTP request to an HTTPS server');
	const hint = plainToTls
		? 'Use https:// instead of http:// in the server address'
		: 'Check the server address: a proxy, a login page or another service answers there';
	return new ClusterError(`${server} does not answer like a Kubernetes API (${status}, ${type})`, hint, subject, {
		status,
		reason: 'NotKubernetes',
	});
}

/** A list whose pages do not come to an end. */
export function endlessList(subject: RequestSubject, server: string): ClusterError {
	return new ClusterError(
		`${server} does not answer like a Kubernetes API: its list of ${subject.resource} does not end`,
		'Check the server address and any caching proxy in front of it',
		subject,
		{status: 200, reason: 'NotKubernetes'},
	);
}

type Wording = {readonly message: string; readonly hint: string};

function wording(
	subject: RequestSubject,
	server: string,
	status: number,
	reason: string,
	said: string,
	unauthorized: Unauthorized,
): Wording {
	const what = subjectText(subject);
	const quoted = said === '' ? '' : `: ${said}`;
	switch (status) {
		case 401:
			return unauthorized();
		case 403:
			return forbidden(subject, said);
		case 404:
			return {
				message: `cannot ${what}${quoted || ': not found'}`,
				hint: 'Run the command again: the object may be gone, or the server does not know this kind',
			};
		case 409:
			return reason === 'AlreadyExists'
				? {message: `cannot ${what}${quoted || ': it exists already'}`, hint: 'Remove it first, or use the existing one'}
				: {
						message: `cannot ${what}${quoted || ': it was changed by someone else'}`,
						hint: 'Run the command again: someone else changed it in between',
					};
		case 410:
			return {
				message: `cannot ${what}${quoted || ': the list has expired'}`,
				hint: 'Try again: the cluster changes faster than it can be read',
			};
		case 429:
			return {
				message: `${server} has too many requests to ${what}${quoted}`,
				hint: 'Wait, or ask fewer nodes at once (--concurrency)',
			};
		default:
			return status >= 500
				? {
						message: `${server} answers ${status} ${STATUS_CODES[status] ?? ''} to ${what}${quoted}`,
						hint: 'Try again, then check the health of the API server',
					}
				: {
						message: `cannot ${what}: ${said || `${status} ${STATUS_CODES[status] ?? ''}`}`,
						hint: 'Check the message of the server: it does not accept this request',
					};
	}
}

// k8s.io/apiserver, endpoints/handlers/responsewriters/errors.go
const missingRight = /User "(?<user>[^"]*)" cannot (?<verb>\S+) resource "(?<resource>[^"]+)"(?: in API group "(?<group>[^"]*)")?/u;

/**
 * The second question of an exec over WebSocket, whether `create` is allowed too, is refused with the authoriser's reason alone, which RBAC
 * mostly leaves empty (Kubernetes 1.36, pkg/registry/core/pod/rest/authorize.go; on by default from 1.35).
 */
const createExecRefused = /^pods "[^"]*" is forbidden:\s*(?:$|RBAC: )/u;

function forbidden(subject: RequestSubject, said: string): Wording {
	const withoutCreate = subject.resource === 'pods/exec' && createExecRefused.test(said);
	const asked = withoutCreate ? 'create' : subject.verb;
	const {user, verb = asked, resource = subject.resource, group = ''} = missingRight.exec(said)?.groups ?? {};
	if (user === undefined && said !== '' && !withoutCreate && !/cannot|no access/iu.test(said)) {
		return {
			message: `not allowed to ${subjectText(subject)}: ${said}`,
			hint: 'Check Pod Security, quotas and admission webhooks of the cluster',
		};
	}

	const place = subject.namespace === undefined ? '' : ` in namespace ${subject.namespace}`;
	const named = user === undefined || user === '' ? '' : ` (user ${user})`;
	return {
		message: `missing permission: ${subjectText(subject)}${named}`,
		hint: `Grant ${verb} on ${resource}${group === '' ? '' : ` (API group ${group})`}${place}; kubectl hostport manifest rbac prints a role`,
	};
}

/** Seconds or a date (RFC 9110, 10.2.3); the server's own field says the same in the body. */
function retryAfter(header: string | undefined, object: StatusObject | undefined): number | undefined {
	const seconds = header !== undefined && /^\d+$/u.test(header) ? Number(header) : object?.details?.retryAfterSeconds;
	if (seconds !== undefined) return seconds * 1000;
	const date = Date.parse(header ?? '');
	return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
