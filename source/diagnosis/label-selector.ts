type Labels = Readonly<Record<string, string>>;

/** A selector as evidence holds it: `matchExpressions` each as `key operator value,value`. */
export type LabelSelector = {
	readonly matchLabels: Labels;
	readonly matchExpressions: readonly string[];
};

/**
 * Whether a selector takes an object with these labels, by the rules of Kubernetes; an empty one takes everything.
 * An expression that cannot be read takes nothing: a claim needs a selector that was understood.
 */
export function selects({matchLabels, matchExpressions}: LabelSelector, labels: Labels): boolean {
	return Object.entries(matchLabels).every(([key, value]) => labels[key] === value) && matchExpressions.every(each => holds(each, labels));
}

function holds(expression: string, labels: Labels): boolean {
	const [key = '', operator = '', list = ''] = expression.trim().split(/\s+/);
	const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
	switch (operator.toLowerCase()) {
		case 'in': {
			return value !== undefined && list.split(',').includes(value);
		}

		case 'notin': {
			return value === undefined || !list.split(',').includes(value);
		}

		case 'exists': {
			return value !== undefined;
		}

		case 'doesnotexist': {
			return value === undefined;
		}

		default: {
			return false;
		}
	}
}

/**
 * The same for a policy of Cilium's, whose keys may name the source of a label (`k8s:app`, `any:app`; none is any), and which knows a pod's
 * namespace as labels too (Cilium, pkg/labels and pkg/k8s/apis/cilium.io/const.go). Labels of another source (`reserved:`) are no pod's.
 */
export function selectsAsCilium({matchLabels, matchExpressions}: LabelSelector, namespace: string, labels: Labels): boolean {
	const plain = (key: string): string => key.replace(/^(?:k8s|any):/, '');
	return selects(
		{
			matchLabels: Object.fromEntries(Object.entries(matchLabels).map(([key, value]) => [plain(key), value])),
			matchExpressions: matchExpressions.map(plain),
		},
		{
			...labels,
			'io.kubernetes.pod.namespace': namespace,
			'io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name': namespace,
		},
	);
}
