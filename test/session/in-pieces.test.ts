import {setTimeout as wait} from 'node:timers/promises';
import {expect, it} from 'vitest';
import {diagnose, diagnosing} from '../../source/diagnosis/diagnose.ts';
import {view} from '../../source/diagnosis/view.ts';
import {atOnce, type Pieces} from '../../source/diagnosis/pieces.ts';
import {inPieces} from '../../source/session/in-pieces.ts';
import {pathlessEvidence} from '../diagnosis/scenes.ts';

/** Counts up, each count a piece that takes a moment. */
function* counting(to: number, onPiece: (count: number) => void = () => {}): Pieces<number> {
	for (let count = 1; count <= to; count += 1) {
		onPiece(count);
		for (const since = performance.now(); performance.now() - since < 1;);
		yield;
	}

	return to;
}

const nobodyStops = new AbortController().signal;

it('gives in pieces what it gives at once, and lets timers and others have the thread meanwhile', async () => {
	const between: number[] = [];
	let latest = 0;
	const timer = setInterval(() => between.push(latest), 1);
	const counted = await inPieces(
		counting(200, count => (latest = count)),
		nobodyStops,
	);
	clearInterval(timer);
	expect(counted).toBe(atOnce(counting(200)));
	expect(between.filter(count => count > 0 && count < 200).length).toBeGreaterThan(0);
});

it('stops between two pieces for who stops it', async () => {
	const stop = new AbortController();
	let latest = 0;
	const work = inPieces(
		counting(10_000, count => (latest = count)),
		stop.signal,
	);
	await wait(20);
	stop.abort(new Error('the person left'));
	await expect(work).rejects.toThrow('the person left');
	expect(latest).toBeLessThan(10_000);
});

it('judges in pieces as at once, each node and each hostPort a piece', async () => {
	const evidence = pathlessEvidence();
	const pieces = [...diagnosing(structuredClone(evidence))].length;
	expect(pieces).toBeGreaterThan(evidence.nodes.length + evidence.pods.length);
	expect(await inPieces(diagnosing(structuredClone(evidence)), nobodyStops)).toEqual(diagnose(evidence));
});

it('judges a node that changed anew, and one that did not as before', () => {
	const evidence = pathlessEvidence();
	const before = diagnose(evidence);
	const [first, ...others] = evidence.nodes;
	const changed = {...evidence, nodes: [{...first!, observation: null}, ...others]};
	const after = diagnose(changed);
	expect(after).toEqual(diagnose(structuredClone(changed)));
	expect(after.nodes.slice(1).map(({verdict}) => verdict)).toEqual(before.nodes.slice(1).map(({verdict}) => verdict));
	expect(after.nodes[0]?.verdict).toBe('unknown');
});

it('puts no node together by settings that have changed since', () => {
	const unseen = {...pathlessEvidence(), nodes: pathlessEvidence().nodes.map(node => ({...node, observation: null}))};
	view(unseen);
	const configMap = {...unseen.cilium!.configMap!, data: {'enable-bpf-masquerade': 'true', 'kube-proxy-replacement': 'true'}};
	const changed = {...unseen, cilium: {...unseen.cilium!, version: '1.17.4', configMap}};
	const paths = (evidence: typeof unseen) => view(evidence).nodes.map(({path, version}) => [path, version]);
	expect(paths(changed)).toEqual(paths(structuredClone(changed)));
	expect(paths(changed)).not.toEqual(paths(unseen));
});
