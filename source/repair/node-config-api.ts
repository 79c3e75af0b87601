import {isVersion} from '../cilium/version.ts';
import type {ClusterClient} from '../cluster/cluster-client.ts';
import {isGone} from './patience.ts';

/** CiliumNodeConfig came as v2alpha1 with Cilium 1.13, as v2 with 1.16 (cilium/cilium, pkg/k8s/apis/cilium.io). */
const apis = ['cilium.io/v2', 'cilium.io/v2alpha1'] as const;

/** The API version under which CiliumNodeConfig exists in this cluster; undefined where it does not. */
export async function findNodeConfigApi(client: ClusterClient, ciliumVersion: string, signal: AbortSignal): Promise<string | undefined> {
	if (!isVersion(ciliumVersion, '>=1.13.0')) return undefined;
	for (const api of apis) {
		const found = await client
			.request<{readonly resources?: ReadonlyArray<{readonly name?: string}>}>({path: `/apis/${api}`, signal})
			.catch((error: unknown) => {
				if (isGone(error)) return {resources: []};
				throw error;
			});
		if (found.resources?.some(({name}) => name === 'ciliumnodeconfigs') === true) return api;
	}

	return undefined;
}
