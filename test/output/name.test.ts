import {expect, it} from 'vitest';
import {name, proofName} from '../../source/output/name.ts';
import type {ProofRendering, Rendering} from '../../source/output/rendering.ts';

it('names of nodes that are broken or degraded are what other commands take', () => {
	const nodes = ['ok', 'broken', 'degraded', 'unknown', 'skipped'].map(verdict => ({name: `is-${verdict}`, verdict}));
	expect(name({diagnosis: {nodes}} as unknown as Rendering)).toBe('node/is-broken\nnode/is-degraded\n');
});

it('names of nodes with a connection that fails are there once', () => {
	const results = [
		['node-2', 'fails'],
		['node-1', 'works'],
		['node-2', 'fails'],
		['node-3', 'not proven'],
		['node-4', 'fails'],
	].map(([node, verdict]) => ({node, verdict}));
	expect(proofName({proof: {results}} as unknown as ProofRendering)).toBe('node/node-2\nnode/node-4\n');
});
