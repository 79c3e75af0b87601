import {UsageError} from './errors.ts';

/**
 * The name of a node as it was typed: `NAME`, or `node/NAME` as `kubectl get nodes -o name` and `check -o name` print it; `nodes/` and
 * `no/` are kubectl's other words for it.
 * @throws UsageError for what names another kind, or no name: names of nodes are DNS subdomains (Kubernetes, object names)
 */
export function nodeName(typed: string): string {
	const [, kind, name = ''] = /^([^/]*)\/(.*)$/su.exec(typed) ?? [undefined, 'node', typed];
	if (/^(?:nodes?|no)$/iu.test(kind ?? '') && /^[\w.-]+$/u.test(name)) return name;
	throw new UsageError(`"${typed}" names no node`, 'Name nodes as NAME or node/NAME, as kubectl get nodes -o name prints them.');
}
