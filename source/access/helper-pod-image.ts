/** When the kubelet pulls the image of a helper pod, in Kubernetes’ words. */
export const imagePullPolicies = ['IfNotPresent', 'Always', 'Never'] as const;
type ImagePullPolicy = (typeof imagePullPolicies)[number];

/** What a person chose for the pods that we make; what is not given follows the node's own agent. */
export type HelperPodChoices = {
	/** `--image` */
	readonly image?: string | undefined;
	/** `--image-pull-policy` */
	readonly imagePullPolicy?: ImagePullPolicy | undefined;
	/** `--image-pull-secret` */
	readonly imagePullSecret?: string | undefined;
	/** `--helper-namespace`; the agent's own unless given. */
	readonly namespace?: string | undefined;
};

/** What an agent's pod tells of its image. */
export type AgentImage = {
	readonly namespace: string;
	readonly image: string;
	readonly imageID: string;
	/** Names of Secrets in that namespace, those among them that its service account gave it. */
	readonly pullSecrets?: readonly string[] | undefined;
};

/** An image for a pod, and how it is come by. */
export type PodImage = {
	readonly image: string;
	readonly imagePullPolicy?: ImagePullPolicy | undefined;
	/** Names of Secrets in the pod's namespace. */
	readonly imagePullSecrets?: readonly string[] | undefined;
};

/** The image of a pod of ours: the one that was chosen, else the agent's own, which is on its node already. */
export function podImage(agent: AgentImage | undefined, choices: HelperPodChoices): PodImage {
	const {image, imagePullPolicy} = choices;
	const secrets = pullSecretsOf(choices, agent);
	return {
		image: image ?? imageOnNode(agent ?? {image: '', imageID: ''}),
		...(imagePullPolicy !== undefined && {imagePullPolicy}),
		...(secrets.length > 0 && {imagePullSecrets: secrets}),
	};
}

/**
 * The pull secrets of a pod: the one that was chosen, else the agent's own where the pod is in the agent's namespace; of another image
 * too, for a registry of one's own has them all. A kubelet uses those alone that are for the image's registry.
 * From Kubernetes 1.35 on it gives an image that it pulled with a secret to no pod without that credential, though it is on the
 * node (KubeletEnsureSecretPulledImages, KEP-2535).
 */
function pullSecretsOf({imagePullSecret, namespace}: HelperPodChoices, agent: AgentImage | undefined): readonly string[] {
	if (imagePullSecret !== undefined) return [imagePullSecret];
	return agent !== undefined && (namespace ?? agent.namespace) === agent.namespace ? (agent.pullSecrets ?? []) : [];
}

/** The field of a pod's spec. */
export const pullSecretRefs = (names: readonly string[] = []): {imagePullSecrets?: Array<{name: string}>} =>
	names.length > 0 ? {imagePullSecrets: names.map(name => ({name}))} : {};

/**
 * The agent's image by the digest that is on its node, where the runtime tells one that belongs to the image's own name
 * (`quay.io/cilium/cilium@sha256:…`); else as the agent's pod names it.
 */
export function imageOnNode({image, imageID}: {image: string; imageID: string}): string {
	const [repository = '', digest] = imageID.replace(/^[\w-]+:\/\//u, '').split('@');
	const named = (image.split('@')[0] ?? '').replace(/:[^:/]*$/u, '');
	return digest !== undefined && /^sha256:[\da-f]{64}$/u.test(digest) && repository === named ? `${repository}@${digest}` : image;
}
