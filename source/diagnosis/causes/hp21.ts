import {count} from '../wording.ts';
import type {Cause} from './cause.ts';

/** The mapping is right and the pod is not ready: look at the application first. */
export const hp21: Cause = {
	code: 'HP21',
	find(view) {
		const unready = view.hostPorts.filter(({pod, diagnosis}) => diagnosis.state === 'wired' && !pod.ready);
		return unready.length === 0
			? []
			: [
					{
						code: 'HP21',
						severity: 'warning',
						nodes: [...new Set(unready.map(({pod}) => pod.node))].sort(),
						hostPorts: unready.map(({name}) => name),
						title: `${count(unready.length, 'hostPort')} lead to pods that are not ready: the application may not answer`,
						because: unready.slice(0, 3).map(({name, pod, diagnosis}) => ({
							source: `pod of ${name}`,
							says: `not ready${pod.trouble === '' ? '' : `: ${pod.trouble}`}; the mapping is right (${diagnosis.by})`,
						})),
						remedy: 'Look at the pod: kubectl describe and kubectl logs. hostPort itself is well.',
						repairable: false,
					},
				];
	},
};
