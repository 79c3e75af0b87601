import {badRequest} from './api-failure.ts';
import type {StoredObject} from './object-store.ts';

/** Whether an object is selected. */
export type Filter = (object: StoredObject) => boolean;

/**
 * `labelSelector`: equality and set terms (`a=b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`).
 * @throws ApiFailure 400 for anything else.
 */
export function labelFilter(selector: string): Filter {
	const terms = splitTerms(selector).map(labelTerm);
	return object => terms.every(term => term(object.metadata.labels ?? {}));
}

/** Commas part terms, but not inside the brackets of a set. */
const splitTerms = (selector: string): string[] => selector.split(/,(?![^(]*\))/u).filter(term => term.trim() !== '');

function labelTerm(term: string): (labels: Readonly<Record<string, string>>) => boolean {
	const set = /^\s*([^\s!=(),]+)\s+(in|notin)\s+\(([^)]*)\)\s*$/u.exec(term);
	if (set) {
		const [, key = '', operator, list = ''] = set;
		const values = new Set(list.split(',').map(value => value.trim()));
		return labels => (key in labels && values.has(labels[key] ?? '')) === (operator === 'in');
	}
	const equality = /^\s*([^\s!=(),]+)\s*(==|=|!=)\s*([^\s!=(),]*)\s*$/u.exec(term);
	if (equality) {
		const [, key = '', operator, value] = equality;
		return labels => (labels[key] === value) === (operator !== '!=');
	}
	const presence = /^\s*(!?)\s*([^\s!=(),]+)\s*$/u.exec(term);
	if (!presence) throw badRequest(`unable to parse requirement: found '${term}'`);
	const [, not, key = ''] = presence;
	return labels => key in labels === (not === '');
}

const commonFields = ['metadata.name', 'metadata.namespace'];
/** Fields that a real server lets one select by (kubernetes pkg/apis/core/v1/conversion.go). */
const fieldsOfKind: Readonly<Record<string, readonly string[]>> = {
	Pod: [
		'spec.nodeName',
		'spec.restartPolicy',
		'spec.schedulerName',
		'spec.serviceAccountName',
		'spec.hostNetwork',
		'status.phase',
		'status.podIP',
	],
	Node: ['spec.unschedulable'],
	Event: [
		...['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map(field => `involvedObject.${field}`),
		'reason',
		'reportingComponent',
		'source',
		'type',
	],
	Namespace: ['status.phase'],
};

/**
 * `fieldSelector`: `path=value` and `path!=value` for the fields that the kind allows.
 * @throws ApiFailure 400 for a field that a real server refuses too.
 */
export function fieldFilter(selector: string, kind: string): Filter {
	const allowed = new Set([...commonFields, ...(fieldsOfKind[kind] ?? [])]);
	const terms = splitTerms(selector).map(term => {
		const [, field = '', operator, value] = /^([^!=]+)(==|=|!=)(.*)$/u.exec(term.trim()) ?? [];
		if (operator === undefined) throw badRequest(`invalid field selector "${term}"`);
		if (!allowed.has(field)) throw badRequest(`field label not supported: ${field}`);
		return (object: StoredObject) => (fieldOf(object, field) === value) === (operator !== '!=');
	});
	return object => terms.every(term => term(object));
}

function fieldOf(object: StoredObject, field: string): string {
	let value: unknown = object;
	for (const key of field.split('.'))
		value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
	if (field === 'source' && typeof value === 'object') value = (value as Readonly<Record<string, unknown>> | null)?.['component'];
	if (field === 'spec.unschedulable' || field === 'spec.hostNetwork') value ??= false;
	return typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number' ? String(value) : '';
}
