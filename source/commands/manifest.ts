import {ClusterError} from '../cluster/cluster-error.ts';
import type {Evidence} from '../evidence/evidence.ts';
import {exitCode, UsageError, type ExitCode} from '../errors.ts';
import {didYouMean} from '../near-names.ts';
import type {PortmapSource} from '../repair/manifests/carried-binary.ts';
import type {RbacMode} from '../repair/manifests/rbac.ts';
import {openConnection} from '../session/connection.ts';
import {askedOf, manifestSource, type Warn} from '../session/manifest-source.ts';
import {keeperImage} from '../session/pod-images.ts';
import type {CommandContext} from './command.ts';
import {strategyFlag, textFlag, textsFlag} from './flag-values.ts';
import {sessionOf} from './session-of.ts';

/** One row a kind. */
const kinds: Readonly<Record<string, (context: CommandContext) => Promise<string>>> = {
	daemonset,
	'init-script': initScript,
	'helm-values': helmValues,
	rbac,
};

/** `manifest KIND`: what makes a repair last, on stdout; nothing is changed. */
export async function run(context: CommandContext): Promise<ExitCode> {
	const [kind] = context.words;
	const make = kind === undefined || !Object.hasOwn(kinds, kind) ? undefined : kinds[kind];
	if (make === undefined) {
		throw new UsageError(
			kind === undefined ? 'manifest needs a kind' : `there is no manifest "${kind}"${didYouMean(kind, Object.keys(kinds))}`,
			`Kinds: ${Object.keys(kinds).join(', ')}`,
		);
	}

	context.stdout.write(await make(context));
	return exitCode.well;
}

async function daemonset(context: CommandContext): Promise<string> {
	const [source, {daemonSetManifest}] = await Promise.all([sourceOf(context), import('../repair/manifests/daemon-set.ts')]);
	const image = textFlag(context.flags, 'image');
	// Cilium's image has neither (images/runtime/install-runtime-deps.sh).
	if (source.kind === 'url' && image === undefined) {
		throw new UsageError(
			'to fetch portmap the DaemonSet needs curl or wget, and the Cilium agent’s image has neither',
			'Give --image of one that has, or let the binary be carried: --portmap file:PATH.',
		);
	}

	const folder = textFlag(context.flags, 'cni-bin-dir');
	const namespace = textFlag(context.flags, 'namespace');
	const imagePullSecret = textFlag(context.flags, 'image-pull-secret');
	const secrets = imagePullSecret === undefined ? {} : {imagePullSecrets: [imagePullSecret]};
	if (image !== undefined && folder !== undefined && namespace !== undefined)
		return daemonSetManifest({image, folder, namespace, source, cniVersions: await askedOf(source, '', warnOn(context)), ...secrets});
	const {evidence, hasShell} = await agentsOf(context);
	const found = {...keeperImage(evidence, {image, imagePullSecret}), namespace: namespace ?? evidence.cilium?.namespace ?? ''};
	if (found.image === '' || found.namespace === '') {
		throw new UsageError(
			'no Cilium agent was found, so its image and namespace are not known',
			'Give them: --image REF --namespace NAME --cni-bin-dir FOLDER',
		);
	}

	if (image === undefined && !hasShell) {
		throw new UsageError(
			`the Cilium agent’s image (${found.image}) has no shell, and the DaemonSet runs a script`,
			'Give --image of one that has sh, gzip and sha256sum, such as busybox.',
		);
	}

	const cniVersions = await askedOf(source, evidence.cilium?.version ?? '', warnOn(context));
	const isElsewhere = namespace !== undefined && namespace !== evidence.cilium?.namespace;
	if (isElsewhere && imagePullSecret === undefined && (found.imagePullSecrets ?? []).length > 0) {
		context.stderr.write(
			`warning: the agents pull their image with ${found.imagePullSecrets?.join(', ')} of namespace ${evidence.cilium?.namespace ?? ''}; give --image-pull-secret with the name of such a Secret in ${namespace}\n`,
		);
	}

	const usable = isElsewhere && imagePullSecret === undefined ? {imagePullSecrets: []} : {};
	return daemonSetManifest({...found, ...usable, folder: folder ?? folderOf(evidence), cniVersions, source});
}

async function initScript(context: CommandContext): Promise<string> {
	const [source, made] = await Promise.all([sourceOf(context), import('../repair/manifests/init-script.ts')]);
	if (source.kind === 'image') {
		throw new UsageError(
			'an init script runs before the node can use an image',
			'Use --portmap file:PATH, release:VERSION, or url:URL with --portmap-sha256 SUM.',
		);
	}

	await askedOf(source, '', warnOn(context));
	return made.initScript({folder: textFlag(context.flags, 'cni-bin-dir') ?? '/opt/cni/bin', source});
}

async function helmValues(context: CommandContext): Promise<string> {
	const [evidence, {view}, {recommendStrategy}, {helmValuesManifest}] = await Promise.all([
		apiEvidence(context),
		import('../diagnosis/view.ts'),
		import('../diagnosis/strategy.ts'),
		import('../repair/manifests/helm-values.ts'),
	]);
	const ciliumVersion = evidence.cilium?.version ?? '';
	if (ciliumVersion === '')
		throw new UsageError('the version of Cilium is not known, and its values depend on it', 'See kubectl hostport check.');
	const strategy = strategyFlag(context.flags) ?? recommendStrategy(view(evidence)).strategy;
	return helmValuesManifest(evidence, ciliumVersion, strategy);
}

async function rbac(context: CommandContext): Promise<string> {
	const {rbacManifest} = await import('../repair/manifests/rbac.ts');
	return rbacManifest((textFlag(context.flags, 'mode') ?? 'diagnose') as RbacMode, textFlag(context.flags, 'namespace') ?? 'kube-system');
}

const sourceOf = async (context: CommandContext): Promise<PortmapSource> =>
	manifestSource(textsFlag(context.flags, 'portmap'), textFlag(context.flags, 'portmap-sha256') ?? '', warnOn(context));

const warnOn =
	({stderr}: CommandContext): Warn =>
	line =>
		void stderr.write(`warning: ${line}\n`);

/** What the API server or a saved file tells; no node is asked. */
async function apiEvidence(context: CommandContext): Promise<Evidence> {
	return (await agentsOf(context, false)).evidence;
}

/** The same, and whether scripts run in an agent: one is tried, for all have one image. Where that cannot be told they are said to. */
async function agentsOf(context: CommandContext, tries = true): Promise<{readonly evidence: Evidence; readonly hasShell: boolean}> {
	const file = textFlag(context.flags, 'from');
	if (file !== undefined) {
		const {loadEvidence} = await import('../evidence/evidence-file.ts');
		return {evidence: await loadEvidence(file, context.signal), hasShell: true};
	}

	const {wholeEvidence} = await import('../session/whole-evidence.ts');
	const client = await openConnection(sessionOf(context));
	try {
		const {evidence, agents} = await wholeEvidence(client, context.signal);
		const agent = tries ? [...agents.values()].find(({isRunning}) => isRunning) : undefined;
		if (agent === undefined) return {evidence, hasShell: true};
		const {shellTester} = await import('../access/shell-tester.ts');
		const hasShell = await shellTester(client)(agent, agent.evidence.image, context.signal).catch((error: unknown) => {
			context.signal.throwIfAborted();
			if (error instanceof ClusterError) return true;
			throw error;
		});
		return {evidence, hasShell};
	} finally {
		await client.close();
	}
}

function folderOf({cilium}: Evidence): string {
	return cilium?.daemonSet?.hostPaths.find(({volume}) => volume === 'cni-path')?.host ?? '/opt/cni/bin';
}
