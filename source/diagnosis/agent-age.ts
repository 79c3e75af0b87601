import type {ConfigMapEvidence, NodeEvidence} from '../evidence/evidence.ts';
import {isBefore} from './time.ts';

type Agent = NonNullable<NodeEvidence['agent']>;

/**
 * Whether the agent's pod is older than the last change of cilium-config, and so does not run with it; undefined where nothing
 * tells. Times first. They may miss a change: before Kubernetes 1.23 the API server keeps a manager's time when it sets a key anew
 * that it owns already, and a key that is taken away leaves no time at all. Then the versions of the two objects tell.
 */
export function isOlderThanConfiguration(agent: Agent | null, configMap: ConfigMapEvidence | null | undefined): boolean | undefined {
	const [started, changed] = [agent?.startedAt, configMap?.lastChanged];
	if (isBefore(started, changed) || isWrittenLater(agent, configMap)) {
		return true;
	}

	return isBefore(changed, started) || (started !== undefined && started === changed && started !== null) ? false : undefined;
}

/**
 * By resourceVersion, which counts up over all objects of a cluster (etcd's revision): the ConfigMap was written after the pod's
 * own last change, its becoming ready. Only where no change of labels or annotations explains that.
 */
export function isWrittenLater(agent: Agent | null, configMap: ConfigMapEvidence | null | undefined): boolean {
	if (!agent || !configMap || !agent.ready) {
		return false;
	}

	const [pod, written] = [agent.resourceVersion ?? '', configMap.resourceVersion].map(version =>
		/^\d{1,18}$/.test(version) ? BigInt(version) : undefined,
	);
	const isRelabelled = configMap.managers.some(({keys, time}) => keys.length === 0 && isBefore(agent.startedAt, time));
	return pod !== undefined && written !== undefined && written > pod && !isRelabelled;
}
