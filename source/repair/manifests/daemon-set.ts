import type {V1Container, V1DaemonSetSpec, V1VolumeProjection} from '@kubernetes/client-node';
import {stringify} from 'yaml';
import {pullSecretRefs, type PodImage} from '../../access/helper-pod-image.ts';
import {managedBy} from '../../access/helper-pods.ts';
import portmapBinary from '../acts/portmap-binary.sh';
import {places} from '../sources/from-image.ts';
import {sha256Of} from '../sources/inspect.ts';
import {copiedBinary, packed, partsOf, tableFunction, tableOf, type PortmapSource} from './carried-binary.ts';
import keepPortmap from './keep-portmap.sh';
import portmapSource from './portmap-source.sh';

/**
 * Its image is the keeper's: it needs `sh`, `gzip` and `sha256sum`, as the Cilium agent's has them, and curl or wget for an address.
 * The pull secrets are for the image that portmap is copied from too.
 */
export type DaemonSetRequest = PodImage & {
	readonly namespace: string;
	/** Folder of CNI binaries on the nodes. */
	readonly folder: string;
	/**
	 * Versions of the CNI specification that portmap is called with there: one that refuses any of them is not put in place, whatever it
	 * comes from. Empty: not known.
	 */
	readonly cniVersions: readonly string[];
	readonly source: PortmapSource;
};

/** Diagnosis knows the DaemonSet by this name. */
export const daemonSetName = 'kubectl-hostport-portmap';
const nameLabel = {'app.kubernetes.io/name': daemonSetName};
/** Selects the DaemonSet, its ConfigMaps and its pods. */
export const nameSelector = `app.kubernetes.io/name=${daemonSetName}`;
const labels = {...nameLabel, [managedBy.label]: managedBy.value};
const secondsBetweenLooks = 20;
const own = '/own';
const files = '/portmap';
const node = '/host/cni-binaries';

/** An object as the API server takes it. */
export type Manifest = {
	readonly apiVersion: string;
	readonly kind: 'ConfigMap' | 'DaemonSet';
	readonly metadata: {readonly name: string; readonly namespace: string; readonly labels: Record<string, string>};
	readonly spec?: V1DaemonSetSpec;
};

/** The DaemonSet that keeps portmap on every node, new ones included, after the ConfigMaps that it needs. */
export function daemonSetObjects(request: DaemonSetRequest): readonly Manifest[] {
	const table = tableFunction(tableOf(request.source), request.cniVersions);
	const scripts = {
		'keep-portmap.sh': keepPortmap,
		'portmap-source.sh': portmapSource,
		'portmap-binary.sh': portmapBinary,
		'table.sh': table,
	};
	const parts = request.source.kind === 'carried' ? request.source.binaries.flatMap(binary => partMaps(binary, request.namespace)) : [];
	const checksum = sha256Of(Buffer.from(JSON.stringify(scripts)));
	return [
		configMap(daemonSetName, request.namespace, {data: scripts}),
		...parts.map(({object}) => object),
		daemonSet(request, parts, checksum),
	];
}

/** The same objects as YAML, for kubectl apply. */
export function daemonSetManifest(request: DaemonSetRequest): string {
	return `# Keeps the CNI plugin portmap in ${request.folder} of every Linux node, including new ones. Apply it and wait until it is ready:
#   kubectl apply -f FILE && kubectl -n ${request.namespace} rollout status daemonset/${daemonSetName}
# On a new node the CNI config may exist a second or two before the binary does; the kubelet retries pods that start
# in between. manifest init-script has no such gap.
# Remove it (the binary stays on the nodes: it is needed while the CNI config names portmap):
#   kubectl -n ${request.namespace} delete daemonset,configmap -l ${nameSelector}
${daemonSetObjects(request)
	.map(object => stringify(object, {lineWidth: 0, aliasDuplicateObjects: false}))
	.join('---\n')}`;
}

const configMap = (name: string, namespace: string, content: object): Manifest => ({
	apiVersion: 'v1',
	kind: 'ConfigMap',
	metadata: {name, namespace, labels},
	...content,
});

type PartMap = {readonly name: string; readonly key: string; readonly path: string; readonly object: Manifest};

function partMaps(binary: Extract<PortmapSource, {kind: 'carried'}>['binaries'][number], namespace: string): readonly PartMap[] {
	return partsOf(packed(binary)).map((part, index) => {
		const key = `part-${String(index).padStart(3, '0')}`;
		// Named by its content, which depends on who packed it: so it never changes, and kubelets need not watch it (Kubernetes 1.19 on).
		const name = `${daemonSetName}-${binary.architecture}-${index}-${sha256Of(part).slice(0, 8)}`;
		const object = configMap(name, namespace, {immutable: true, binaryData: {[key]: Buffer.from(part).toString('base64')}});
		return {name, key, path: `${binary.architecture}/${key}`, object};
	});
}

function daemonSet(
	{namespace, image, imagePullPolicy = 'IfNotPresent', imagePullSecrets, folder, source}: DaemonSetRequest,
	parts: readonly PartMap[],
	checksum: string,
): Manifest {
	const copied = {name: 'image', mountPath: copiedBinary.slice(0, copiedBinary.lastIndexOf('/'))};
	const isCopied = source.kind === 'image';
	return {
		apiVersion: 'apps/v1',
		kind: 'DaemonSet',
		metadata: {name: daemonSetName, namespace, labels},
		spec: {
			selector: {matchLabels: nameLabel},
			updateStrategy: {type: 'RollingUpdate', rollingUpdate: {maxUnavailable: '10%'}},
			template: {
				// Without the managed-by label: what bears it is made for a moment, and `cleanup` removes it.
				metadata: {labels: nameLabel, annotations: {'hostport.dev/checksum': checksum}},
				spec: {
					// A node that joins has no working CNI yet, and bears taints until it has: this pod must start all the same.
					hostNetwork: true,
					tolerations: [{operator: 'Exists'}],
					priorityClassName: 'system-node-critical',
					nodeSelector: {'kubernetes.io/os': 'linux'},
					affinity: onHosts,
					automountServiceAccountToken: false,
					enableServiceLinks: false,
					terminationGracePeriodSeconds: 1,
					...pullSecretRefs(imagePullSecrets),
					...(isCopied && {initContainers: [copyContainer(source.image, copied)]}),
					containers: [
						{
							name: 'keeper',
							image,
							imagePullPolicy,
							command: ['sh', `${files}/keep-portmap.sh`, node, own, String(secondsBetweenLooks)],
							readinessProbe: {exec: {command: ['test', '-f', `${own}/ready`]}, periodSeconds: 5},
							resources: {requests: {cpu: '1m', memory: '16Mi'}, limits: {memory: '64Mi'}},
							securityContext: restricted,
							volumeMounts: [
								{name: 'files', mountPath: files, readOnly: true},
								{name: 'own', mountPath: own},
								{name: 'cni-binaries', mountPath: node},
								...(isCopied ? [{...copied, readOnly: true}] : []),
							],
						},
					],
					volumes: [
						{name: 'files', projected: {sources: [{configMap: {name: daemonSetName}}, ...parts.map(partSource)]}},
						{name: 'own', emptyDir: {}},
						{name: 'cni-binaries', hostPath: {path: folder, type: 'DirectoryOrCreate'}},
						...(isCopied ? [{name: copied.name, emptyDir: {}}] : []),
					],
				},
			},
		},
	};
}

// Not on nodes that have no host behind them, whose taints are tolerated too (labels of virtual-kubelet and of EKS Fargate).
const onHosts = {
	nodeAffinity: {
		requiredDuringSchedulingIgnoredDuringExecution: {
			nodeSelectorTerms: [
				{
					matchExpressions: [
						{key: 'type', operator: 'NotIn', values: ['virtual-kubelet']},
						{key: 'eks.amazonaws.com/compute-type', operator: 'NotIn', values: ['fargate']},
					],
				},
			],
		},
	},
};

// Root, because the folder is root's, and without any capability. The SELinux type is the one that Cilium's own chart asks for.
const restricted = {
	runAsUser: 0,
	runAsGroup: 0,
	privileged: false,
	allowPrivilegeEscalation: false,
	readOnlyRootFilesystem: true,
	capabilities: {drop: ['ALL']},
	seccompProfile: {type: 'RuntimeDefault'},
	seLinuxOptions: {level: 's0', type: 'spc_t'},
};

const partSource = ({name, key, path}: PartMap): V1VolumeProjection => ({configMap: {name, items: [{key, path}]}});

function copyContainer(image: string, copied: {name: string; mountPath: string}): V1Container {
	return {
		name: 'copy',
		image,
		imagePullPolicy: 'IfNotPresent',
		command: [
			'sh',
			'-c',
			`for file in ${places.join(' ')}; do [ ! -f "$file" ] || exec cp "$file" ${copiedBinary}; done; echo "no portmap in this image" >&2; exit 1`,
		],
		resources: {requests: {cpu: '1m', memory: '16Mi'}, limits: {memory: '64Mi'}},
		securityContext: restricted,
		volumeMounts: [copied],
	};
}
