import type {Rendering} from './rendering.ts';

/** `node/NAME` of each node that is broken or degraded, for use in other commands. */
export const name = ({diagnosis}: Rendering): string =>
	diagnosis.nodes
		.filter(({verdict}) => verdict === 'broken' || verdict === 'degraded')
		.map(node => `node/${node.name}\n`)
		.join('');
