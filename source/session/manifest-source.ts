import path from 'node:path';
import {UsageError} from '../errors.ts';
import type {PortmapSource} from '../repair/manifests/carried-binary.ts';
import type {OldOrNew} from '../repair/sources/inspect.ts';
import type {Portmap} from '../repair/sources/portmap.ts';
import {sourceName} from '../repair/sources/source-name.ts';

/** Is told in a line what is no reason to refuse. */
export type Warn = (line: string) => void;

type Around = {readonly warn: Warn; readonly signal: AbortSignal};

const hint = 'Use --portmap file:PATH, release:VERSION, image:REF, or url:URL with --portmap-sha256 SUM.';

/**
 * Where a manifest takes portmap from: `file:PATH` or a path, `release:VERSION`, `url:URL` or an address, `image:REF`; files
 * and addresses may be several, one an architecture. Nothing is fetched here.
 * @param checksums `--portmap-sha256`: several, in the same order, with commas
 * @throws UsageError
 */
export async function manifestSource(wanted: readonly string[], checksums: string, around: Around): Promise<PortmapSource> {
	const [source, {tableOf}] = await Promise.all([sourceOf(wanted, checksums, around), import('../repair/manifests/carried-binary.ts')]);
	const architectures = tableOf(source).map(({architecture}) => architecture);
	const twice = architectures.find((each, index) => architectures.indexOf(each) !== index);
	if (twice === undefined) return source;
	throw new UsageError(
		twice === 'any' ? 'more than one URL has no architecture in its name' : `more than one --portmap is for ${twice}`,
		'Use one per architecture of the cluster; a URL tells its architecture by its file name, such as portmap-arm64.',
	);
}

async function sourceOf(wanted: readonly string[], checksums: string, around: Around): Promise<PortmapSource> {
	const sources = wanted.map(sourceName);
	const sums = checksums.toLowerCase().split(',').filter(Boolean);
	const [first] = sources;
	if (first === undefined) throw new UsageError('this manifest needs a source for the portmap binary', hint);
	const other = sources.find(({kind}) => kind !== first.kind);
	if (other !== undefined) throw new UsageError(`--portmap cannot be ${first.kind} and ${other.kind} at once`, hint);
	const wrong = sums.find(each => !/^[\da-f]{64}$/u.test(each));
	if (wrong !== undefined) throw new UsageError(`${wrong} is not a sha256`, 'Use 64 hexadecimal digits; separate several with commas.');
	const values = sources.map(({value}) => value);
	switch (first.kind) {
		case 'image': {
			if (sources.length > 1) throw new UsageError('one image is enough: it has a build for each architecture', hint);
			return {kind: 'image', image: first.value};
		}

		case 'file': {
			return carried(values, sums, around);
		}

		case 'release': {
			if (sources.length > 1) throw new UsageError('one release is enough: it has a build for each architecture', hint);
			return released(first.value);
		}

		case 'url': {
			return fetched(values, sums);
		}

		default: {
			throw new UsageError(`a manifest cannot take portmap from ${first.kind}:${first.value}`, hint);
		}
	}
}

/**
 * Versions of the CNI specification with which this Cilium has portmap called; none where its version is not known. What is known to refuse
 * them is refused here; where they are not known, what the newest Cilium could not use is warned of.
 * @throws ActionableError
 */
export async function askedOf(source: PortmapSource, ciliumVersion: string, warn: Warn): Promise<readonly string[]> {
	const [{releaseOf, newestKnown}, {assertCniVersions, cniClash, useNewer}] = await Promise.all([
		import('../cilium/releases.ts'),
		import('../repair/sources/inspect.ts'),
	]);
	const asked = ciliumVersion === '' ? [] : [releaseOf(ciliumVersion).cniVersion];
	for (const portmap of await toldOf(source)) {
		assertCniVersions(portmap, asked);
		const clash = asked.length > 0 ? '' : cniClash(portmap, [releaseOf(`${newestKnown}.0`).cniVersion], `Cilium ${newestKnown}`);
		if (clash !== '') warn(`${clash}. ${useNewer}`);
	}

	return asked;
}

/** What is known of binaries before a node runs them; of an address only its name tells. */
async function toldOf(source: PortmapSource): Promise<readonly OldOrNew[]> {
	if (source.kind === 'image') return [];
	if (source.kind === 'carried') return source.binaries;
	const [{versionInName}, {cniVersionOfRelease}, {shownSource}] = await Promise.all([
		import('../repair/sources/archive.ts'),
		import('../repair/sources/cni-version-of.ts'),
		import('../repair/sources/shown-source.ts'),
	]);
	return source.addresses.map(({url}) => {
		const version = versionInName(new URL(url).pathname);
		return {version, cniVersion: cniVersionOfRelease(version), origin: shownSource(url)};
	});
}

async function carried(files: readonly string[], sums: readonly string[], {warn, signal}: Around): Promise<PortmapSource> {
	const [{portmapFromFile}, {versionWarnings}] = await Promise.all([
		import('../repair/sources/from-file.ts'),
		import('../repair/sources/known-versions.ts'),
	]);
	const warningsOf = ({isDynamic, architecture, version}: Portmap): readonly string[] => [
		...versionWarnings(version).map(({message, hint: advice}) => `${message}. ${advice}`),
		...(isDynamic
			? [`this portmap for ${architecture} needs the C library of the system that it was built for; the official releases need none`]
			: []),
	];
	const binaries = await Promise.all(files.map(async (file, index) => portmapFromFile(file, signal, sums[index])));
	for (const line of binaries.flatMap(warningsOf)) warn(line);
	return {kind: 'carried', binaries};
}

async function released(version: string): Promise<PortmapSource> {
	const [{releaseUrl}, {releaseArchitectures, releaseChecksum}] = await Promise.all([
		import('../repair/sources/from-release.ts'),
		import('../repair/sources/release-checksums.ts'),
	]);
	const addresses = releaseArchitectures(version).map(architecture => {
		const url = releaseUrl(version, architecture);
		return {url, sha256: releaseChecksum(path.posix.basename(url)) ?? ''};
	});
	if (addresses.length > 0) return {kind: 'url', addresses};
	throw new UsageError(
		`the checksums of release ${version} are unknown`,
		'Use its URL and checksum: --portmap url:URL --portmap-sha256 SUM.',
	);
}

/** http is good enough: what is fetched is used only if it has the sum. */
async function fetched(urls: readonly string[], sums: readonly string[]): Promise<PortmapSource> {
	const {releaseChecksum} = await import('../repair/sources/release-checksums.ts');
	const unfit = urls.find(url => !/^https?:\/\/[^\s'"]+$/u.test(url) || !URL.canParse(url));
	if (unfit !== undefined) throw new UsageError(`${unfit} is not a web URL`, hint);
	const addresses = urls.map((url, index) => ({
		url,
		sha256: sums[index] ?? releaseChecksum(path.posix.basename(new URL(url).pathname)) ?? '',
	}));
	const bare = addresses.find(({sha256}) => sha256 === '');
	if (bare !== undefined)
		throw new UsageError(`${bare.url} needs its --portmap-sha256`, 'Separate several with commas, in the order of the URLs.');
	return {kind: 'url', addresses};
}
