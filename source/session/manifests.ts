import {installFolderOf} from '../cilium/agent-volumes.ts';
import {ClusterError} from '../cluster/cluster-error.ts';
import type {Strategy} from '../diagnosis/strategy.ts';
import {UsageError} from '../errors.ts';
import type {Evidence} from '../evidence/evidence.ts';
import type {PortmapSource} from '../repair/manifests/carried-binary.ts';
import type {RbacMode} from '../repair/manifests/rbac.ts';
import {withConnection} from './connection.ts';
import {askedOf, manifestSource, type Warn} from './manifest-source.ts';
import {keeperImage} from './pod-images.ts';
import type {Session} from './session.ts';

/** What a manifest is made by, besides the session's cluster, image and namespace. */
export type ManifestWishes = {
	/** `--portmap`, in order. */
	readonly sources: readonly string[];
	/** `--portmap-sha256`: in the same order, with commas. */
	readonly sums: string;
	/** Folder of CNI binaries on the nodes. */
	readonly folder: string | undefined;
	readonly strategy: Strategy | undefined;
	readonly mode: RbacMode;
	readonly warn: Warn;
};

/** A manifest that can be printed. */
export type ManifestKind = 'daemonset' | 'init-script' | 'helm-values' | 'rbac';

/** One row a kind: makes what lets a repair last; nothing is changed. @throws UsageError for wishes that do not fit */
export const manifests: Readonly<Record<ManifestKind, (session: Session, wishes: ManifestWishes) => Promise<string>>> = {
	daemonset: daemonSet,
	'init-script': initScript,
	'helm-values': helmValues,
	rbac,
};

async function daemonSet(session: Session, wishes: ManifestWishes): Promise<string> {
	const [source, {daemonSetManifest}] = await Promise.all([sourceOf(session, wishes), import('../repair/manifests/daemon-set.ts')]);
	const {image, imagePullSecret} = session.reach.pods;
	// Cilium's image has neither (images/runtime/install-runtime-deps.sh).
	if (source.kind === 'url' && image === undefined) {
		throw new UsageError(
			'to fetch portmap the DaemonSet needs curl or wget, and the Cilium agent’s image has neither',
			'Use --image with an image that has one, or embed the binary: --portmap file:PATH.',
		);
	}

	const {folder, warn} = wishes;
	const {namespace} = session.connection;
	const secrets = imagePullSecret === undefined ? {} : {imagePullSecrets: [imagePullSecret]};
	if (image !== undefined && folder !== undefined && namespace !== undefined)
		return daemonSetManifest({image, folder, namespace, source, cniVersions: await askedOf(source, '', warn), ...secrets});
	const {evidence, hasShell} = await agentsOf(session);
	const found = {...keeperImage(evidence, {image, imagePullSecret}), namespace: namespace ?? evidence.cilium?.namespace ?? ''};
	if (found.image === '' || found.namespace === '') {
		throw new UsageError(
			'no Cilium agent was found, so its image and namespace are unknown',
			'Set them: --image REF --namespace NAME --cni-bin-dir FOLDER',
		);
	}

	if (image === undefined && !hasShell) {
		throw new UsageError(
			`the Cilium agent’s image (${found.image}) has no shell, and the DaemonSet runs a script`,
			'Use --image with an image that has sh, gzip and sha256sum, such as busybox.',
		);
	}

	const cniVersions = await askedOf(source, evidence.cilium?.version ?? '', warn);
	const isElsewhere = namespace !== undefined && namespace !== evidence.cilium?.namespace;
	if (isElsewhere && imagePullSecret === undefined && (found.imagePullSecrets ?? []).length > 0) {
		warn(
			`the agents pull their image with ${found.imagePullSecrets?.join(', ')} of namespace ${evidence.cilium?.namespace ?? ''}; use --image-pull-secret with such a Secret in ${namespace}`,
		);
	}

	const usable = isElsewhere && imagePullSecret === undefined ? {imagePullSecrets: []} : {};
	return daemonSetManifest({...found, ...usable, folder: folder ?? folderOf(evidence), cniVersions, source});
}

async function initScript(session: Session, wishes: ManifestWishes): Promise<string> {
	const [source, made] = await Promise.all([sourceOf(session, wishes), import('../repair/manifests/init-script.ts')]);
	if (source.kind === 'image') {
		throw new UsageError(
			'an init script runs before the node can pull an image',
			'Use --portmap file:PATH, release:VERSION, or url:URL with --portmap-sha256 SUM.',
		);
	}

	await askedOf(source, '', wishes.warn);
	return made.initScript({folder: wishes.folder ?? '/opt/cni/bin', source});
}

async function helmValues(session: Session, wishes: ManifestWishes): Promise<string> {
	const [evidence, {view}, {recommendStrategy}, {helmValuesManifest}] = await Promise.all([
		apiEvidence(session),
		import('../diagnosis/view.ts'),
		import('../diagnosis/strategy.ts'),
		import('../repair/manifests/helm-values.ts'),
	]);
	const ciliumVersion = evidence.cilium?.version ?? '';
	if (ciliumVersion === '')
		throw new UsageError('the version of Cilium is unknown, and the values depend on it', 'See: kubectl hostport check');
	const strategy = wishes.strategy ?? recommendStrategy(view(evidence)).strategy;
	return helmValuesManifest(evidence, ciliumVersion, strategy);
}

async function rbac(session: Session, wishes: ManifestWishes): Promise<string> {
	const {rbacManifest} = await import('../repair/manifests/rbac.ts');
	return rbacManifest(wishes.mode, session.connection.namespace ?? 'kube-system');
}

const sourceOf = async ({signal}: Session, {sources, sums, warn}: ManifestWishes): Promise<PortmapSource> =>
	manifestSource(sources, sums, {warn, signal});

/** What the API server or a saved file tells; no node is asked. */
async function apiEvidence(session: Session): Promise<Evidence> {
	return (await agentsOf(session, false)).evidence;
}

/** The same, and whether scripts run in an agent: one is tried, for all have one image. Where that cannot be told they are said to. */
async function agentsOf(session: Session, tries = true): Promise<{readonly evidence: Evidence; readonly hasShell: boolean}> {
	const {from, signal} = session;
	if (from !== undefined) {
		const {loadEvidence} = await import('../evidence/evidence-file.ts');
		return {evidence: await loadEvidence(from, signal), hasShell: true};
	}

	const {wholeEvidence} = await import('./whole-evidence.ts');
	return withConnection(session, async client => {
		const {evidence, agents} = await wholeEvidence(client, signal);
		const agent = tries ? [...agents.values()].find(({isRunning}) => isRunning) : undefined;
		if (agent === undefined) return {evidence, hasShell: true};
		const {shellTester} = await import('../access/shell-tester.ts');
		const hasShell = await shellTester(client)(agent, agent.evidence.image, signal).catch((error: unknown) => {
			signal.throwIfAborted();
			if (error instanceof ClusterError) return true;
			throw error;
		});
		return {evidence, hasShell};
	});
}

function folderOf({cilium}: Evidence): string {
	return installFolderOf(cilium?.daemonSet?.hostPaths) ?? '/opt/cni/bin';
}
