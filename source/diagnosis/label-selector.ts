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
