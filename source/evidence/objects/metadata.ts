import {printableLine} from '../../foreign-text.ts';
import {at, listOf, objectOf, textOf} from '../untyped.ts';

/** A name, a reason or another short field. */
export function line(value: unknown, limit = 512): string {
	return printableLine(textOf(value), limit);
}

/** A time as the API writes it; null where there is none. */
export function timeOf(value: unknown): string | null {
	const text = line(value, 64);
	return text === '' ? null : text;
}

/** `metadata.name`. */
export function nameOf(object: unknown): string {
	return line(at(object, 'metadata', 'name'));
}

/** `metadata.namespace`. */
export function namespaceOf(object: unknown): string {
	return line(at(object, 'metadata', 'namespace'));
}

/** Tells objects of one list apart, also on a server that sends no uid. */
export function keyOf(object: unknown): string {
	return line(at(object, 'metadata', 'uid')) || `${namespaceOf(object)}/${nameOf(object)}`;
}

/** Labels, annotations and the like, without kubectl's copy of the whole object. */
export function textMap(value: unknown, limit = 1024): Record<string, string> {
	const entries = Object.entries(objectOf(value))
		.filter(([key]) => key !== 'kubectl.kubernetes.io/last-applied-configuration')
		.slice(0, 500)
		.map(([key, text]) => [line(key), line(text, limit)]);
	return Object.fromEntries(entries) as Record<string, string>;
}

/** A label selector's matchExpressions, each as `key operator value,value`. */
export function expressionsOf(selector: unknown): string[] {
	return listOf(at(selector, 'matchExpressions'))
		.slice(0, 100)
		.map(expression => {
			const values = listOf(at(expression, 'values')).map(value => line(value));
			return `${line(at(expression, 'key'))} ${line(at(expression, 'operator'))} ${values.join(',')}`.trim();
		});
}

/** Order by namespace, then by name. */
export function byNamespaceAndName(one: {namespace: string; name: string}, other: {namespace: string; name: string}): number {
	const [first, second] = [`${one.namespace}/${one.name}`, `${other.namespace}/${other.name}`];
	return first < second ? -1 : first > second ? 1 : 0;
}
