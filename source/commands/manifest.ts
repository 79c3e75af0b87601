import type {Evidence} from '../evidence/evidence.ts';
import {exitCode, UsageError, type ExitCode} from '../errors.ts';
import type {PortmapSource} from '../repair/manifests/carried-binary.ts';
import type {RbacMode} from '../repair/manifests/rbac.ts';
import type {Strategy} from '../repair/needed-change.ts';
import type {Portmap} from '../repair/sources/portmap.ts';
import {openConnection} from './connection.ts';
import {textFlag} from './flag-values.ts';
import type {CommandContext} from './command.ts';
import {version} from '../version.ts';

/** One row a kind. */
const kinds: Readonly<Record<string, (context: CommandContext) => Promise<string>>> = {
	daemonset,
	'init-script': initScript,
	'helm-values': helmValues,
	rbac,
};

/** `manifest KIND`: what makes a repair last, on stdout; nothing is changed. */
export async function run(context: CommandContext): Promise<ExitCode> {
	const [kind, ...more] = context.words;
	const make = kind === undefined || !Object.hasOwn(kinds, kind) ? undefined : kinds[kind];
	if (make === undefined || more.length > 0) {
		throw new UsageError(
			kind === undefined
				? 'manifest needs a kind'
				: make === undefined
					? `there is no manifest "${kind}"`
					: `manifest takes one kind, not ${more.join(', ')} too`,
			`Kinds: ${Object.keys(kinds).join(', ')}`,
		);
	}

	context.stdout.write(await make(context));
	return exitCode.well;
}

async function daemonset(context: CommandContext): Promise<string> {
	const [source, {daemonSetManifest}] = await Promise.all([portmapSource(context), import('../repair/manifests/daemon-set.ts')]);
	const image = textFlag(context.flags, 'image');
	const folder = textFlag(context.flags, 'cni-bin-dir');
	const namespace = textFlag(context.flags, 'namespace');
	if (image !== undefined && folder !== undefined && namespace !== undefined) return daemonSetManifest({image, folder, namespace, source});
	const evidence = await apiEvidence(context);
	const found = {image: image ?? imageOf(evidence), namespace: namespace ?? evidence.cilium?.namespace ?? ''};
	if (found.image === '' || found.namespace === '') {
		throw new UsageError(
			'no Cilium agent was found, so its image and namespace are not known',
			'Give them: --image REF --namespace NAME --cni-bin-dir FOLDER',
		);
	}

	return daemonSetManifest({...found, folder: folder ?? folderOf(evidence), source});
}

async function initScript(context: CommandContext): Promise<string> {
	const [source, made] = await Promise.all([portmapSource(context), import('../repair/manifests/init-script.ts')]);
	if (source.kind === 'image') {
		throw new UsageError(
			'an init script runs before the node can use an image',
			'Use --portmap file:PATH, or --portmap url:URL --portmap-sha256 SUM.',
		);
	}

	return made.initScript({folder: textFlag(context.flags, 'cni-bin-dir') ?? '/opt/cni/bin', source});
}

async function helmValues(context: CommandContext): Promise<string> {
	const [evidence, {recommendStrategy}, {helmValuesManifest}] = await Promise.all([
		apiEvidence(context),
		import('../repair/needed-change.ts'),
		import('../repair/manifests/helm-values.ts'),
	]);
	const ciliumVersion = evidence.cilium?.version ?? '';
	if (ciliumVersion === '')
		throw new UsageError('the version of Cilium is not known, and its values depend on it', 'See kubectl hostport check.');
	const strategy = (textFlag(context.flags, 'strategy') as Strategy | undefined) ?? recommendStrategy(evidence).strategy;
	return helmValuesManifest(evidence, ciliumVersion, strategy);
}

async function rbac(context: CommandContext): Promise<string> {
	const {rbacManifest} = await import('../repair/manifests/rbac.ts');
	return rbacManifest((textFlag(context.flags, 'mode') ?? 'diagnose') as RbacMode, textFlag(context.flags, 'namespace') ?? 'kube-system');
}

/** `image:REF`, `url:URL` or an address, `file:PATH` or a path; files and addresses may be several, one an architecture. */
async function portmapSource({flags, stderr}: CommandContext): Promise<PortmapSource> {
	const {sourceName} = await import('../repair/sources/index.ts');
	const wanted = flags['portmap'];
	const sources = (Array.isArray(wanted) ? wanted : []).map(each => sourceName(String(each).replace(/^(?:file|url):(?=.)/u, '')));
	const sums = (textFlag(flags, 'portmap-sha256') ?? '').toLowerCase().split(',').filter(Boolean);
	const [first] = sources;
	const hint = 'Give --portmap file:PATH, --portmap url:URL --portmap-sha256 SUM, or --portmap image:REF.';
	if (first === undefined) throw new UsageError('a source for the portmap binary is needed', hint);
	const other = sources.find(({kind}) => kind !== first.kind);
	if (other !== undefined) throw new UsageError(`--portmap cannot be ${first.kind} and ${other.kind} at once`, hint);
	const wrong = sums.find(each => !/^[\da-f]{64}$/u.test(each));
	if (wrong !== undefined) throw new UsageError(`${wrong} is no sha256`, 'It has 64 hexadecimal digits; several are separated by commas.');
	switch (first.kind) {
		case 'image': {
			if (sources.length > 1) throw new UsageError('one image is enough: it has a build for each architecture', hint);
			return {kind: 'image', image: first.value};
		}

		case 'file': {
			const [{portmapFromFile}, {versionWarnings}] = await Promise.all([
				import('../repair/sources/from-file.ts'),
				import('../repair/sources/known-versions.ts'),
			]);
			const warningsOf = ({isDynamic, architecture, version: own}: Portmap): readonly string[] => [
				...versionWarnings(own).map(({message, hint: advice}) => `${message}. ${advice}`),
				...(isDynamic
					? [`this portmap for ${architecture} needs the C library of the system that it was built for; the official releases need none`]
					: []),
			];
			const binaries = await Promise.all(sources.map(async ({value}, index) => portmapFromFile(value, sums[index])));
			for (const line of binaries.flatMap(warningsOf)) stderr.write(`warning: ${line}\n`);
			return {kind: 'carried', binaries};
		}

		case 'url': {
			const unfit = sources.find(({value}) => !/^https:\/\/[^\s'"]+$/u.test(value));
			if (unfit !== undefined) throw new UsageError(`${unfit.value} is no https address`, hint);
			if (sums.length !== sources.length) throw new UsageError('each address needs its --portmap-sha256, in the same order', hint);
			return {kind: 'url', addresses: sources.map(({value}, index) => ({url: value, sha256: sums[index] ?? ''}))};
		}

		default: {
			throw new UsageError(`a manifest cannot take portmap from ${first.kind}:${first.value}`, hint);
		}
	}
}

/** What the API server or a saved file tells; no node is asked. */
async function apiEvidence(context: CommandContext): Promise<Evidence> {
	const file = textFlag(context.flags, 'from');
	if (file !== undefined) return (await import('../evidence/evidence-file.ts')).loadEvidence(file);
	const {clusterEvidence} = await import('../evidence/cluster-evidence.ts');
	const client = await openConnection(context);
	try {
		const question = {nodes: [], selector: undefined, namespace: undefined, version, signal: context.signal};
		return (await clusterEvidence(client, question)).evidence;
	} finally {
		await client.close();
	}
}

const imageOf = ({cilium, nodes}: Evidence): string =>
	cilium?.daemonSet?.image || (nodes.find(({agent}) => agent?.image)?.agent?.image ?? '');

function folderOf({cilium}: Evidence): string {
	return cilium?.daemonSet?.hostPaths.find(({volume}) => volume === 'cni-path')?.host ?? '/opt/cni/bin';
}
