import {expect, test} from 'vitest';
import {diagnose} from '../../../source/diagnosis/diagnose.ts';
import type {Evidence} from '../../../source/evidence/evidence.ts';
import {makePlan} from '../../../source/repair/plan/make-plan.ts';
import type {Plan} from '../../../source/repair/plan/plan.ts';
import {workingPortmap} from '../../diagnosis/builders.ts';
import {mixedEvidence, pathlessEvidence, withObservation} from '../../diagnosis/scenes.ts';

// Agents with an init container that puts portmap on the node each time they start, as RKE2's chart has it.

function withInstaller(evidence: Evidence): Evidence {
	const {cilium} = evidence;
	if (!cilium?.daemonSet) throw new Error('the scene has a DaemonSet');
	return {...evidence, cilium: {...cilium, daemonSet: {...cilium.daemonSet, portmapInstaller: 'install-portmap-cni-plugin'}}};
}

const plan = (evidence: Evidence): Plan => makePlan(evidence, diagnose(evidence), {strategy: 'portmap', sources: ['portmap']});
const warned = (evidence: Evidence): string =>
	plan(evidence)
		.warnings.map(({message, hint}) => `${message}. ${hint}`)
		.join('\n');

test('where a node lacks it all the same it is put there, and the plan says whose stays', () => {
	const scene = withInstaller(mixedEvidence());
	expect(plan(scene).steps.filter(({kind}) => kind === 'put-binary')).toHaveLength(1);
	expect(warned(scene)).toMatch(/init container install-portmap-cni-plugin installs its own portmap each time an agent starts\. .*stays/u);
	expect(warned(mixedEvidence())).not.toContain('init container');
});

test('a node on which it runs gets none', () => {
	const named = withInstaller(pathlessEvidence('1.17.4'));
	const there = named.nodes.reduce(
		(all, {name}) => withObservation(all, name, {binaryFolder: {host: '/opt/cni/bin', files: [workingPortmap()]}}),
		named,
	);
	expect(plan(there).steps.some(({kind}) => kind === 'put-binary')).toBe(false);
	expect(warned(there)).not.toContain('init container');
	// That it runs is still to be seen on every node before anything is chained.
	expect(plan(there).binaries.map(({node}) => node)).toEqual(['node-1', 'node-2', 'node-3']);
	expect(plan(there).remaining.join()).not.toContain('New nodes will not have portmap');
});

test('one that is too old for the CNI file to come would be back with the next agent: refused', () => {
	const base = pathlessEvidence('1.20.2');
	const old = workingPortmap({versionAnswer: '{"cniVersion":"0.4.0","supportedVersions":["0.1.0","0.2.0","0.3.0","0.3.1","0.4.0"]}'});
	const outdated = base.nodes.reduce(
		(all, {name}) => withObservation(all, name, {binaryFolder: {host: '/opt/cni/bin', files: [old]}}),
		base,
	);
	expect(plan(outdated).refusals).toEqual([]);
	const {refusals, steps} = plan(withInstaller(outdated));
	expect(refusals.map(({message}) => message).join()).toContain(
		'init container install-portmap-cni-plugin installs a portmap that is too old',
	);
	expect(steps).toEqual([]);
});
