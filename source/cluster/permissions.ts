import type {V1SelfSubjectAccessReview} from '@kubernetes/client-node';
import {printableLine} from '../foreign-text.ts';
import type {ClusterClient, Wire} from './cluster-client.ts';

/** One permission, as a SelfSubjectAccessReview asks for it. */
export type Permission = {
	readonly verb: string;
	/** API group; empty for the core. */
	readonly group?: string;
	readonly resource: string;
	readonly subresource?: string;
	/** Without it: in all namespaces, or of a resource that has none. */
	readonly namespace?: string;
};

/** `create pods/eviction in namespace web`, as a person writes it into a Role. */
export function permissionText({verb, group, resource, subresource, namespace}: Permission): string {
	const name = `${resource}${subresource === undefined ? '' : `/${subresource}`}${group === undefined || group === '' ? '' : `.${group}`}`;
	return `${verb} ${name}${namespace === undefined ? '' : ` in namespace ${namespace}`}`;
}

/**
 * Whether we may, and in the server's words why (often empty), by SelfSubjectAccessReview.
 * @throws ClusterError
 */
export async function canI(
	client: ClusterClient,
	permission: Permission,
	signal: AbortSignal,
): Promise<{allowed: boolean; reason: string}> {
	const review = await client.request<Wire<V1SelfSubjectAccessReview> | undefined>({
		method: 'POST',
		path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
		body: {apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: {resourceAttributes: permission}},
		repeatable: true,
		signal,
	});
	const {allowed = false, reason, evaluationError} = review?.status ?? {};
	return {allowed, reason: printableLine(reason || evaluationError || '')};
}
