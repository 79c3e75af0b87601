import {expect, test} from 'vitest';
import {permissionText} from '../../../source/cluster/permissions.ts';
import {diagnose} from '../../../source/diagnosis/diagnose.ts';
import {makePlan} from '../../../source/repair/plan/make-plan.ts';
import {permissionsNeeded} from '../../../source/repair/plan/permissions-needed.ts';
import type {Choice} from '../../../source/repair/plan/plan.ts';
import {healthyPortmapEvidence, pathlessEvidence} from '../../diagnosis/scenes.ts';

function needed(evidence: ReturnType<typeof pathlessEvidence>, choice: Choice, nodeConfigApi?: string): string[] {
	const plan = makePlan(evidence, diagnose(evidence), choice, nodeConfigApi === undefined ? {} : {nodeConfigApi});
	return permissionsNeeded(plan).map(permissionText);
}

test('every right that the case takes is asked for once, in the namespace where it is used', () => {
	const rights = needed(pathlessEvidence('1.17.4'), {strategy: 'portmap', sources: ['portmap']}, 'cilium.io/v2');
	expect(new Set(rights).size).toBe(rights.length);
	const about = (pattern: RegExp): string[] => rights.filter(right => pattern.test(right));
	expect(about(/eviction/)).toHaveLength(2);
	expect(about(/ciliumnodeconfigs/)).toHaveLength(2);
	expect(about(/list nodes/)).toHaveLength(1);
	expect(about(/patch daemonsets/)).toHaveLength(1);
	// How many pods of a workload may be away is told by its own DaemonSet.
	expect(about(/get daemonsets.*observability/)).toHaveLength(1);
	expect(about(/configmaps/)).toHaveLength(5);
});

test('the native way needs nothing of the pods that hold hostPorts', () => {
	const rights = needed(pathlessEvidence('1.17.4'), {strategy: 'native'});
	expect(rights.filter(right => right.includes('eviction'))).toEqual([]);
	expect(rights.some(right => right.startsWith('list nodes'))).toBe(true);
	expect(needed(healthyPortmapEvidence(), {strategy: 'portmap'}).some(right => right.includes('daemonsets'))).toBe(false);
});
