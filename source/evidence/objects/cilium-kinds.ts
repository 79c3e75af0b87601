import {at, listOf} from '../untyped.ts';
import {line} from './metadata.ts';
import type {ObjectReader} from './object-reader.ts';

const versions = ['v2', 'v2alpha1'] as const;

/**
 * Cilium's own kinds that this cluster serves, as `version/resource`, the newest version first, by the API server's
 * discovery, which every user may read. A list alone would not tell: it is forbidden before it is found missing.
 */
export async function readCiliumKinds(reader: ObjectReader): Promise<readonly string[]> {
	const lists = await Promise.all(
		versions.map(async version => {
			const path = `/apis/cilium.io/${version}`;
			const served = await reader.get({
				what: `kinds of cilium.io/${version}`,
				of: 'node-configs',
				right: `get ${path}`,
				path,
				optional: true,
			});
			return listOf(at(served, 'resources')).map(resource => `${version}/${line(at(resource, 'name'))}`);
		}),
	);
	return lists.flat();
}
