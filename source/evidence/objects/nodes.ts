import {ActionableError, UsageError} from '../../errors.ts';
import type {NodeEvidence} from '../evidence.ts';
import {canonicalAddress} from '../../cilium/addresses.ts';
import {virtualKind} from '../../cilium/virtual-nodes.ts';
import {saysNoNetwork} from '../../cilium/runtime-network.ts';
import {assertNodes} from '../../near-names.ts';
import {at, listOf} from '../untyped.ts';
import {line, nameOf, textMap, timeOf} from './metadata.ts';
import {httpStatusOf, type ListRequest, type ObjectReader} from './object-reader.ts';

/** Above this many names one list is cheaper than a request each. */
const singleRequests = 20;

/**
 * The nodes asked for, by name. Undefined: the server does not let us list them.
 * @throws UsageError for a named node that does not exist, or a selector that selects nothing
 * @throws ActionableError where a selector cannot be evaluated: asking all nodes instead would be wrong
 */
export async function readNodes(
	reader: ObjectReader,
	{names, selector}: {names: readonly string[]; selector: string | undefined},
): Promise<NodeEvidence[] | undefined> {
	const request: ListRequest = {
		what: 'nodes',
		of: 'nodes',
		right: 'list nodes',
		path: '/api/v1/nodes',
		...(selector !== undefined && {query: {labelSelector: selector}}),
	};
	let missing: readonly string[] = [];
	if (selector === undefined && names.length > 0 && names.length <= singleRequests) {
		const found = await Promise.all(names.map(async name => readNode(reader, name)));
		if (found.every(node => typeof node === 'object')) return found.sort(byName);
		missing = names.filter((_, index) => found[index] === 'missing');
	}

	const {items, failed} = await reader.list(request, nodeOf);
	// Whoever may get a node and list none is told all the same that it is not there.
	if (failed !== undefined && selector === undefined) assertNodes(missing, []);
	const nodes = new Map(items.map(node => [node.name, node]));
	if (failed !== undefined) {
		if (failed === 400)
			throw new UsageError(`the server does not accept the selector ${selector ?? ''}`, 'See: kubectl get nodes --help, at --selector');
		if (selector !== undefined) {
			throw new ActionableError(
				`nodes cannot be selected by ${selector}: ${reader.gaps.at(-1)?.reason ?? ''}`,
				'Name the nodes instead, or get permission to list nodes.',
			);
		}

		return undefined;
	}

	if (selector !== undefined && nodes.size === 0)
		throw new UsageError(`no node matches the selector ${selector}`, 'See: kubectl get nodes --show-labels');
	if (nodes.size === 0)
		reader.gaps.push({
			of: 'nodes',
			what: 'nodes',
			reason: 'the server lists none',
			hint: 'Check the server address and the context: kubectl get nodes',
		});
	assertNodes(names, [...nodes.keys()], selector === undefined ? '' : ` among those that ${selector} selects`);

	const wanted = names.length === 0 ? [...nodes.values()] : names.flatMap(name => nodes.get(name) ?? []);
	return [...new Set(wanted)].sort(byName);
}

/** Undefined: it could not be read. */
async function readNode(reader: ObjectReader, name: string): Promise<NodeEvidence | 'missing' | undefined> {
	// A gap is told by the list that follows where this gives nothing.
	const path = `/api/v1/nodes/${encodeURIComponent(name)}`;
	try {
		return nodeOf(await reader.client.request({path, signal: reader.signal}));
	} catch (error) {
		reader.signal.throwIfAborted();
		return httpStatusOf(error) === 404 ? 'missing' : undefined;
	}
}

/** A node of which no more is known than that pods run on it. */
export function nodeByNameOnly(name: string): NodeEvidence {
	return nodeOf({metadata: {name}});
}

/** A node that was not asked yet, of an object of the API. */
export function nodeOf(object: unknown): NodeEvidence {
	const info = at(object, 'status', 'nodeInfo');
	const labels = textMap(at(object, 'metadata', 'labels'));
	const ready = listOf(at(object, 'status', 'conditions')).find(condition => at(condition, 'type') === 'Ready');
	const taints = listOf(at(object, 'spec', 'taints')).map(
		taint => `${line(at(taint, 'key'))}=${line(at(taint, 'value'))}:${line(at(taint, 'effect'))}`,
	);
	const node: NodeEvidence = {
		name: nameOf(object),
		labels,
		ready: at(object, 'status') === undefined ? null : at(ready, 'status') === 'True',
		readyMessage:
			at(object, 'status') === undefined || at(ready, 'status') === 'True'
				? ''
				: [line(at(ready, 'reason')), line(at(ready, 'message'))].filter(text => text !== '').join(': '),
		schedulable: at(object, 'spec', 'unschedulable') !== true,
		os: line(at(info, 'operatingSystem')) || (labels['kubernetes.io/os'] ?? ''),
		architecture: line(at(info, 'architecture')) || (labels['kubernetes.io/arch'] ?? ''),
		kernel: line(at(info, 'kernelVersion')),
		osImage: line(at(info, 'osImage')),
		containerRuntime: line(at(info, 'containerRuntimeVersion')),
		addresses: listOf(at(object, 'status', 'addresses')).map(address => ({
			type: line(at(address, 'type')),
			address: canonicalAddress(line(at(address, 'address'))),
		})),
		taints,
		createdAt: timeOf(at(object, 'metadata', 'creationTimestamp')),
		agent: null,
		via: 'api',
		attempts: [],
		skipped: '',
		observation: null,
	};
	return {...node, skipped: reasonToSkip(node)};
}

/** Nodes that nothing can be asked of: no Linux host behind them, or no kubelet that answers. */
function reasonToSkip({labels, taints, os, ready, readyMessage}: NodeEvidence): string {
	if (os === 'windows') return 'Windows node';
	const virtual = virtualKind(labels, taints);
	if (virtual !== '') return virtual;
	// Without CNI configuration the kubelet says NotReady and answers all the same: that is just what is to be looked at.
	if (ready === false && saysNoNetwork(readyMessage)) return '';
	if (ready === false) return readyMessage === '' ? 'not Ready' : `not Ready: ${readyMessage}`;
	return '';
}

/** Whether a node was skipped because no kubelet answers there, and not for what it is. */
export function isDown({skipped, ready, os, labels, taints}: NodeEvidence): boolean {
	return skipped !== '' && ready === false && os !== 'windows' && virtualKind(labels, taints) === '';
}

function byName(one: NodeEvidence, other: NodeEvidence): number {
	return one.name < other.name ? -1 : one.name > other.name ? 1 : 0;
}
