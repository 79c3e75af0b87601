import type {Scene} from '../scene.ts';
import {nks} from './nks.ts';
import {collector, web} from './story.ts';

/**
 * Step 6 of the case: portmap was chained by hand and the agents restarted, but no node has the binary. The web server's
 * new pods hang, and one of its old ones cannot stop.
 */
export const missingBinary: Scene = {
	...nks,
	title: 'portmap is chained, its binary is nowhere: no pod can start or stop',
	configuration: {...nks.configuration, 'cni-chaining-mode': 'portmap'},
	configurationWriters: [...nks.configurationWriters, {manager: 'kubectl-edit', age: 32, keys: ['cni-chaining-mode']}],
	agentAge: 28,
	workloads: [
		collector({pod: () => ({state: 'unwired', age: 180})}),
		web({
			placement: [0, 1, 2],
			pod: node => (node === 2 ? {state: 'terminating', age: 120} : {state: 'creating', age: 19}),
		}),
	],
};
