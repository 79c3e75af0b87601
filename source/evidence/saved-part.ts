import {argumentFor, variableFor} from '../cilium/agent-arguments.ts';
import {isReadKey, overridableKeys} from '../cilium/keys.ts';
import type {ConfigMapEvidence, DaemonSetEvidence, Evidence} from './evidence.ts';

type Texts = Readonly<Record<string, string>>;

/** Labels of nodes that say what a node is; those that a selector names are kept beside them. */
const nodeLabels = /^(?:type|eks\.amazonaws\.com\/compute-type|kubernetes\.io\/(?:os|arch|hostname)|node-role\.kubernetes\.io\/.*)$/u;
const managedBy = 'app.kubernetes.io/managed-by';
/** Names of tools and of the release, which tell who owns the object. */
const tellingValues: ReadonlySet<string> = new Set([managedBy, 'meta.helm.sh/release-name']);

/**
 * What of evidence may go into a file: where anybody may write anything (arguments, environment, annotations, labels, cilium-config) only
 * what the diagnosis reads, so that no secret of another purpose leaves the cluster. What evidence means does not change.
 */
export function savedPart(evidence: Evidence): Evidence {
	const {count, keep, marks} = counting();
	const configMap = (seen: ConfigMapEvidence): ConfigMapEvidence => ({
		...seen,
		data: keep(seen.data, 'keys', isReadKey),
		labels: marks(seen.labels, 'labels'),
		annotations: marks(seen.annotations, 'annotations'),
	});
	const daemonSet = (seen: DaemonSetEvidence): DaemonSetEvidence => {
		const args = overridableKeys.flatMap(key => {
			const value = argumentFor(seen.args, key);
			return value === undefined ? [] : [`--${key}=${value}`];
		});
		count.arguments += Math.max(0, seen.args.length - args.length);
		return {
			...seen,
			args,
			env: keep(seen.env, 'environment', name => variables.has(name)),
			labels: keep(seen.labels, 'labels', isNone),
			annotations: keep(seen.annotations, 'annotations', isNone),
			templateAnnotations: keep(seen.templateAnnotations, 'annotations', isNone),
		};
	};
	const {cilium} = evidence;
	const ofNodes = keysOf(cilium?.nodeConfigs ?? []);
	const ofPods = keysOf([
		...evidence.networkPolicies,
		...evidence.services.map(({selector}) => ({matchLabels: selector, matchExpressions: []})),
	]);
	const part: Evidence = {
		...evidence,
		cilium: cilium && {
			...cilium,
			configMap: cilium.configMap && configMap(cilium.configMap),
			daemonSet: cilium.daemonSet && daemonSet(cilium.daemonSet),
			nodeConfigs: cilium.nodeConfigs.map(each => ({...each, defaults: keep(each.defaults, 'keys', isReadKey)})),
		},
		nodes: evidence.nodes.map(node => ({...node, labels: keep(node.labels, 'labels', key => nodeLabels.test(key) || ofNodes.has(key))})),
		pods: evidence.pods.map(pod => ({...pod, labels: keep(pod.labels, 'labels', key => key === managedBy || ofPods.has(key))})),
	};
	const lines = linesOf(count);
	// What comes from a saved file has lost it before.
	return lines.length === 0 ? part : {...part, notSaved: lines};
}

type Counts = {keys: number; arguments: number; environment: number; annotations: number; labels: number};

/** What keeps parts of texts, and how many it has not kept so far. */
function counting() {
	const count: Counts = {keys: 0, arguments: 0, environment: 0, annotations: 0, labels: 0};
	return {
		count,
		keep: (texts: Texts, what: keyof Counts, isKept: (key: string) => boolean): Record<string, string> => {
			const kept = Object.entries(texts).filter(([key]) => isKept(key));
			count[what] += Object.keys(texts).length - kept.length;
			return Object.fromEntries(kept);
		},
		/** Who owns the object is told by the names of its marks, and by few of their values. */
		marks: (texts: Texts, what: keyof Counts): Record<string, string> =>
			Object.fromEntries(
				Object.entries(texts).map(([key, value]) => {
					const isKept = tellingValues.has(key) || value === '';
					count[what] += isKept ? 0 : 1;
					return [key, isKept ? value : ''];
				}),
			),
	};
}

const linesOf = (count: Counts): string[] =>
	[
		counted(count.keys, 'key of cilium-config', 'keys of cilium-config'),
		counted(count.arguments, 'argument of the agent', 'arguments of the agent'),
		counted(count.environment, 'environment variable', 'environment variables'),
		counted(count.annotations, 'annotation', 'annotations'),
		counted(count.labels, 'label', 'labels'),
	].flat();

const isNone = (): boolean => false;
const variables: ReadonlySet<string> = new Set(overridableKeys.map(key => variableFor(key)));

/** The labels that selectors ask for. */
function keysOf(selectors: ReadonlyArray<{readonly matchLabels: Texts; readonly matchExpressions: readonly string[]}>): Set<string> {
	return new Set(
		selectors.flatMap(({matchLabels, matchExpressions}) => [
			...Object.keys(matchLabels),
			...matchExpressions.map(expression => expression.split(' ')[0] ?? ''),
		]),
	);
}

const counted = (number: number, one: string, more: string): string[] => (number === 0 ? [] : [`${number} ${number === 1 ? one : more}`]);
