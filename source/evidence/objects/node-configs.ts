import {printable} from '../../foreign-text.ts';
import type {NodeConfigEvidence} from '../evidence.ts';
import {at, objectOf, textOf} from '../untyped.ts';
import {byNamespaceAndName, expressionsOf, line, nameOf, namespaceOf, textMap} from './metadata.ts';
import type {ListRequest, ObjectReader} from './object-reader.ts';

/** CiliumNodeConfigs (cilium.io/v2 from 1.17 on, v2alpha1 from 1.13 on); none where the kind does not exist. */
export async function readNodeConfigs(reader: ObjectReader, kinds: readonly string[]): Promise<NodeConfigEvidence[]> {
	const kind = kinds.find(served => served.endsWith('/ciliumnodeconfigs'));
	if (kind === undefined) return [];
	const request: ListRequest = {
		what: 'CiliumNodeConfigs',
		of: 'node-configs',
		right: 'list ciliumnodeconfigs.cilium.io',
		path: `/apis/cilium.io/${kind}`,
		optional: true,
	};
	return [...(await reader.list(request, nodeConfigOf)).items].sort(byNamespaceAndName);
}

function nodeConfigOf(object: unknown): NodeConfigEvidence {
	const selector = at(object, 'spec', 'nodeSelector');
	const defaults = Object.entries(objectOf(at(object, 'spec', 'defaults'))).slice(0, 500);
	return {
		name: nameOf(object),
		namespace: namespaceOf(object),
		matchLabels: textMap(at(selector, 'matchLabels')),
		matchExpressions: expressionsOf(selector),
		defaults: Object.fromEntries(defaults.map(([key, value]) => [line(key), printable(textOf(value))])),
	};
}
