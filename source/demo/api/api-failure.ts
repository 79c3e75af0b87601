/** The body that a Kubernetes API server sends for every error (meta/v1 Status). */
export type Status = {
	readonly kind: 'Status';
	readonly apiVersion: 'v1';
	readonly metadata: Record<string, never>;
	readonly status: 'Success' | 'Failure';
	readonly message?: string;
	readonly reason?: string;
	readonly details?: {
		name?: string;
		group?: string;
		kind?: string;
		uid?: string;
		causes?: {reason?: string; message?: string; field?: string}[];
	};
	readonly code?: number;
};

/** What a request to the demo's API server fails with: turned into a Status body by the server. */
export class ApiFailure extends Error {
	override readonly name = 'ApiFailure';
	readonly code: number;
	readonly reason: string;
	readonly details: Status['details'];

	constructor(code: number, reason: string, message: string, details?: Status['details']) {
		super(message);
		this.code = code;
		this.reason = reason;
		this.details = details;
	}

	get status(): Status {
		return {
			kind: 'Status',
			apiVersion: 'v1',
			metadata: {},
			status: 'Failure',
			message: this.message,
			reason: this.reason,
			...(this.details && {details: this.details}),
			code: this.code,
		};
	}
}

/** How messages name a resource: `pods`, `daemonsets.apps`. */
type Named = {readonly plural: string; readonly group: string};
const qualified = ({plural, group}: Named): string => (group === '' ? plural : `${plural}.${group}`);
const detailsOf = ({plural, group}: Named, name: string) => ({name, ...(group !== '' && {group}), kind: plural});

/** 400, as the API server words it. */
export const badRequest = (message: string): ApiFailure => new ApiFailure(400, 'BadRequest', message);

/** 404 of an object. */
export const notFound = (resource: Named, name: string): ApiFailure =>
	new ApiFailure(404, 'NotFound', `${qualified(resource)} "${name}" not found`, detailsOf(resource, name));

/** 404 of a kind that the server does not know. */
export const unknownResource = (): ApiFailure => new ApiFailure(404, 'NotFound', 'the server could not find the requested resource', {});

/** 405. */
export const methodNotAllowed = (): ApiFailure =>
	new ApiFailure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});

/** 409 of an object that exists. */
export const alreadyExists = (resource: Named, name: string): ApiFailure =>
	new ApiFailure(409, 'AlreadyExists', `${qualified(resource)} "${name}" already exists`, detailsOf(resource, name));

/** 409 with a reason of its own. */
export const conflict = (resource: Named, name: string, why: string): ApiFailure =>
	new ApiFailure(409, 'Conflict', `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`, detailsOf(resource, name));

/** 409 of an outdated resourceVersion. */
export const staleVersion = (resource: Named, name: string): ApiFailure =>
	conflict(resource, name, 'the object has been modified; please apply your changes to the latest version and try again');

/** 410: the list or watch is too old. */
export const expired = (message: string): ApiFailure => new ApiFailure(410, 'Expired', message);

/** 415. */
export const unsupportedMediaType = (message: string): ApiFailure => new ApiFailure(415, 'UnsupportedMediaType', message);

/** 422 of one field. */
export const invalid = (resource: Named & {readonly kind: string}, name: string, field: string, why: string): ApiFailure =>
	new ApiFailure(422, 'Invalid', `${resource.kind}${resource.group && `.${resource.group}`} "${name}" is invalid: ${field}: ${why}`, {
		...detailsOf(resource, name),
		kind: resource.kind,
		causes: [{reason: 'FieldValueInvalid', message: why, field}],
	});
