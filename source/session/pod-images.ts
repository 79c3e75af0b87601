import {podImage, type HelperPodChoices, type PodImage} from '../access/helper-pod-image.ts';
import type {Evidence} from '../evidence/evidence.ts';

/** The image of pods that are to run on every node, in Cilium's namespace: the chosen one, else the agents', with the secrets of any of them. */
export function keeperImage({cilium, nodes}: Evidence, {image, imagePullSecret}: HelperPodChoices): PodImage {
	const agents = nodes.flatMap(({agent}) => agent ?? []);
	const own = {
		namespace: cilium?.namespace ?? '',
		image: cilium?.daemonSet?.image || (agents.find(agent => agent.image !== '')?.image ?? ''),
		imageID: '',
		pullSecrets: [...new Set(agents.flatMap(({pullSecrets = []}) => pullSecrets))],
	};
	return podImage(own, {image, imagePullSecret});
}

/** The image of a pod of the repair: the chosen one, else that of the node's own agent, or where that is not known of all agents. */
export function repairPodImage({cilium, nodes}: Evidence, node: string, choices: HelperPodChoices): PodImage {
	const namespace = cilium?.namespace ?? '';
	const agent = nodes.find(({name}) => name === node)?.agent ?? undefined;
	return podImage(
		agent !== undefined && agent.image !== '' ? {...agent, namespace} : {namespace, image: cilium?.daemonSet?.image ?? '', imageID: ''},
		choices,
	);
}
