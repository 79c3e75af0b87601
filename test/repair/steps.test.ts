import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {parseAllDocuments} from 'yaml';
import {permissionText} from '../../source/cluster/permissions.ts';
import {rbacManifest} from '../../source/repair/manifests/rbac.ts';
import {permissionsNeeded, type NeededPermission} from '../../source/repair/plan/permissions-needed.ts';
import {stepKinds} from '../../source/repair/steps/index.ts';
import {simulatedCluster} from './simulation/cluster.ts';
import {planFor} from './simulation/run.ts';

const source = path.join(import.meta.dirname, '..', '..', 'source');

test('no two kinds have the same name, and nothing but a kind’s own file names it', () => {
	const kinds = stepKinds.map(({kind}) => kind);
	expect(new Set(kinds).size).toBe(kinds.length);
	const files = readdirSync(source, {recursive: true, encoding: 'utf8'}).filter(
		file => /\.tsx?$/u.test(file) && !file.startsWith(path.join('repair', 'steps')),
	);
	expect(files.length).toBeGreaterThan(100);
	const naming = files.flatMap(file => {
		const text = readFileSync(path.join(source, file), 'utf8');
		// `--test-pod` is a flag of verify too.
		return kinds
			.filter(kind => text.includes(`'${kind}'`) && !(kind === 'test-pod' && file.startsWith('commands')))
			.map(kind => `${file}: ${kind}`);
	});
	expect(naming).toEqual([]);
});

type Role = {
	readonly kind: string;
	readonly rules: ReadonlyArray<{
		readonly apiGroups: readonly string[];
		readonly resources: readonly string[];
		readonly verbs: readonly string[];
		readonly resourceNames?: readonly string[];
	}>;
};

const roles = parseAllDocuments(rbacManifest('fix', 'kube-system')).map(each => each.toJS() as Role);

function isGranted({verb, group = '', resource, subresource, namespace}: NeededPermission): boolean {
	const whole = subresource === undefined ? resource : `${resource}/${subresource}`;
	return roles.some(
		({kind, rules}) =>
			(kind === 'ClusterRole' || namespace === 'kube-system') &&
			rules.some(
				({apiGroups, resources, verbs, resourceNames}) =>
					resourceNames === undefined && apiGroups.includes(group) && resources.includes(whole) && verbs.includes(verb),
			),
	);
}

test.each([
	['portmap, one agent first', simulatedCluster(), {strategy: 'portmap', sources: ['portmap'], daemonSet: true}, undefined],
	[
		'portmap by node configuration',
		simulatedCluster({hasNodeConfigs: true, version: '1.13.4'}),
		{strategy: 'portmap'},
		'cilium.io/v2alpha1',
	],
	['native', simulatedCluster(), {strategy: 'native'}, undefined],
] as const)('the printed role holds every right that is asked for: %s', (_, cluster, choice, nodeConfigApi) => {
	const plan = planFor(cluster, choice, nodeConfigApi);
	expect(plan.steps.length).toBeGreaterThan(3);
	expect(
		permissionsNeeded(plan)
			.filter(permission => !isGranted(permission))
			.map(permissionText),
	).toEqual([]);
});

test('the role holds nothing of Secrets or of making pods of others: that takes a flag, which is named', () => {
	const own: NeededPermission = {verb: 'create', resource: 'pods', namespace: 'default', why: ''};
	expect(isGranted(own)).toBe(false);
	expect(rbacManifest('fix', 'cilium')).toMatch(
		/^# With --allow-bare-pods also: .*pods in the namespaces of those pods; .*secrets in cilium\.$/mu,
	);
});
