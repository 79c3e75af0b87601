import type {ProofRendering, Rendering} from './rendering.ts';

/** `node/NAME` of each node that is broken or degraded, for use in other commands. */
export const name = ({diagnosis}: Rendering): string =>
	diagnosis.nodes
		.filter(({verdict}) => verdict === 'broken' || verdict === 'degraded')
		.map(node => `node/${node.name}\n`)
		.join('');

/** The same of each node with a hostPort that does not work. */
export const proofName = ({proof}: ProofRendering): string =>
	[...new Set(proof.results.filter(({verdict}) => verdict === 'fails').map(({node}) => node))].map(node => `node/${node}\n`).join('');
