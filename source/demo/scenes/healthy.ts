import type {Scene} from '../scene.ts';
import {nks} from './nks.ts';
import {collector, web} from './story.ts';

const hour = 60;

/** Step 8 of the case: binary on every node, portmap chained, pods restarted. Every hostPort answers. */
export const healthy: Scene = {
	...nks,
	title: 'after the repair: every hostPort is wired',
	node: index => ({...nks.node(index), portmap: true}),
	configuration: {...nks.configuration, 'cni-chaining-mode': 'portmap'},
	configurationWriters: [...nks.configurationWriters, {manager: 'kubectl-edit', age: 26 * hour, keys: ['cni-chaining-mode']}],
	agentAge: 25 * hour,
	workloads: [collector({pod: () => ({state: 'running', age: 24 * hour})}), web({pod: () => ({state: 'running', age: 24 * hour})})],
};
