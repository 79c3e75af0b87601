import type {Permission} from '../../cluster/permissions.ts';
import type {Right} from '../define-step.ts';
import type {Plan} from './plan.ts';
import {kindOf} from '../steps/index.ts';

/** A right that a plan needs, and for what. */
export type NeededPermission = Permission & {readonly why: string};

/** What every run takes, whatever its steps are (exec: kubernetes/kubernetes #134577). */
export const rightsOfRuns: readonly Right[] = [
	{
		verbs: ['get', 'create', 'update', 'patch', 'delete'],
		resource: 'configmaps',
		where: 'cilium',
		why: 'the journal and the lock of the run',
	},
	{verbs: ['get', 'create'], resource: 'pods', subresource: 'exec', where: 'cilium', why: 'reading the nodes'},
	{verbs: ['list'], resource: 'pods', where: 'cilium', why: 'finding the agents'},
	{verbs: ['list'], resource: 'nodes', where: 'everywhere', why: 'noticing nodes that join or leave meanwhile'},
];

/** What seeing portmap run on a node takes, where the agent does not see its folder. */
export const rightsOfReading: readonly Right[] = [
	{verbs: ['create', 'get', 'delete'], resource: 'pods', where: 'helpers', why: 'the pods that write, look and test'},
	{verbs: ['get', 'create'], resource: 'pods', subresource: 'exec', where: 'helpers', why: 'the pods that write, look and test'},
];

/**
 * Every right that carrying out a plan and undoing it takes.
 * @param helperNamespace of the pods that write, look and test, where it is not Cilium's
 */
export function permissionsNeeded(plan: Plan, helperNamespace: string = plan.namespace): NeededPermission[] {
	const asked = (rights: readonly Right[], own: unknown, workload: string): NeededPermission[] => {
		const places = {cilium: plan.namespace, helpers: helperNamespace, workload, everywhere: ''};
		return rights
			.filter(right => right.when?.(own) !== false)
			.flatMap(right => right.verbs.map(verb => permissionOf(right, verb, places[right.where])));
	};
	const needed = [
		...asked(rightsOfRuns, undefined, ''),
		...(plan.binaries.length > 0 ? asked(rightsOfReading, undefined, '') : []),
		...plan.steps.flatMap(step => {
			const kind = kindOf(step);
			return asked(kind.rights ?? [], step.parameters, kind.workload?.(step.parameters) ?? '');
		}),
	];
	const key = ({verb, group, resource, subresource, namespace}: NeededPermission): string =>
		JSON.stringify([verb, group, resource, subresource, namespace]);
	return [...new Map(needed.map(each => [key(each), each])).values()];
}

function permissionOf({group, resource, subresource, where, why}: Right, verb: string, namespace: string): NeededPermission {
	return {
		verb,
		...(group !== undefined && {group}),
		resource,
		...(subresource !== undefined && {subresource}),
		...(where !== 'everywhere' && {namespace}),
		why,
	};
}
