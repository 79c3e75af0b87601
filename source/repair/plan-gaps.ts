import type {Evidence} from '../evidence/evidence.ts';

/**
 * What a plan depends on, by the names that the readers give (evidence/objects/): without pods no workload is restarted, without Services
 * none is guarded, without DaemonSets kube-proxy is not seen.
 */
const needed =
	/^(?:nodes|services|events\b.*|CiliumNodeConfigs|DaemonSets\b.*|(?:agent )?pods\b.*|(?:cilium )?agents?\b.*|ConfigMap .*\/cilium-config)$/iu;

/** What a repair is planned from and could not be read. A plan made without it is short of steps, and nobody would notice. */
export function planGaps({gaps}: Pick<Evidence, 'gaps'>): Evidence['gaps'] {
	return gaps.filter(({what}) => needed.test(what));
}
