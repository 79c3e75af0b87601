import type {NodeAccess} from '../../access/access.ts';
import type {PodImage} from '../../access/helper-pod-image.ts';
import {ActionableError, UsageError} from '../../errors.ts';
import type {StepContext} from '../step-work.ts';
import {standardInput} from '../../named-file.ts';
import {assertReadable, portmapFromFile} from './from-file.ts';
import {portmapFromImage} from './from-image.ts';
import {portmapFromNode} from './from-node.ts';
import {portmapFromUrl, releaseUrl, type Fetch} from './from-release.ts';
import {soundRelease} from './known-versions.ts';
import type {Portmap} from './portmap.ts';
import {shownSource} from './shown-source.ts';
import {sourceName, type SourceName} from './source-name.ts';

/** What a source of the binary may need. */
export type SourceNeeds = Pick<StepContext, 'client' | 'clock' | 'signal' | 'run'> & {
	readonly namespace: string;
	/** A node of each architecture of the cluster, for an image that has to run there. */
	readonly nodeOf: (architecture: string) => string | undefined;
	/** How an image is come by on a node: its pull secrets and policy. */
	readonly podImageFor?: (image: string, node: string) => PodImage;
	readonly openReader: (node: string, signal: AbortSignal) => Promise<NodeAccess>;
	readonly fetch: Fetch;
	/** `--portmap-sha256`: of what is read from a file or fetched. */
	readonly expectedSum?: string;
};

/**
 * Looks at what was typed, before a cluster is asked for anything: a source that is mistyped, or a file that is not there.
 * @throws UsageError
 */
export async function assertSources(sources: readonly string[]): Promise<void> {
	for (const {kind, value} of sources.map(sourceName)) {
		if (kind === 'file' && value !== standardInput) await assertReadable(value);
		if (kind === 'release') releaseUrl(value, 'amd64');
		if (kind === 'url') assertProtected(value);
	}
}

function assertProtected(url: string): void {
	if (url.startsWith('https://')) return;
	throw new UsageError(`${shownSource(url)} would fetch a program without protection`, 'Use https, or a file.');
}

/** Without a source there is no repair by portmap. @throws UsageError */
export function assertSourceNamed(typed: string): void {
	if (typed !== '') return;
	throw new UsageError(
		'this repair needs a source for the portmap binary',
		`Use --portmap FILE, node:NAME, image:REF or ${soundRelease} (the official archive, fetched by this machine).`,
	);
}

/**
 * The binary for one architecture, from the first source that has it.
 * @throws ActionableError where none has
 */
export async function portmapFrom(sources: readonly string[], architecture: string, needs: SourceNeeds): Promise<Portmap> {
	assertSourceNamed(sources.join(''));
	const seen: string[] = [];
	for (const text of sources) {
		const portmap = await load(sourceName(text), architecture, needs);
		if (portmap.architecture === architecture) return portmap;
		seen.push(`${shownSource(text)} is for ${portmap.architecture}`);
	}

	throw new ActionableError(
		`no portmap for ${architecture} nodes: ${seen.join(', ')}`,
		'Nothing was changed. Add one more --portmap for that architecture.',
	);
}

async function load({kind, value}: SourceName, architecture: string, needs: SourceNeeds): Promise<Portmap> {
	switch (kind) {
		case 'file': {
			return portmapFromFile(value, needs.signal, needs.expectedSum);
		}

		case 'node': {
			const access = await needs.openReader(value, needs.signal);
			try {
				return await portmapFromNode(access, needs.signal);
			} finally {
				await access.close();
			}
		}

		case 'image': {
			const node = needs.nodeOf(architecture);
			if (node === undefined) throw new ActionableError(`no ${architecture} node can run the image ${value}`, 'Choose another source.');
			return portmapFromImage(needs, {...(needs.podImageFor?.(value, node) ?? {image: value}), node, namespace: needs.namespace});
		}

		case 'release': {
			return portmapFromUrl(releaseUrl(value, architecture), needs.fetch, needs.signal, needs.expectedSum);
		}

		default: {
			assertProtected(value);
			return portmapFromUrl(value, needs.fetch, needs.signal, needs.expectedSum);
		}
	}
}
