import {UsageError} from '../../errors.ts';
import {nearestOf} from '../../near-names.ts';
import {nameOf} from './metadata.ts';
import {gapOf, httpStatusOf, type ObjectReader} from './object-reader.ts';

/**
 * Sees that a namespace that somebody named is there: one that is not holds no fault, and would be called healthy. Without the right to
 * ask it is a gap.
 * @throws UsageError where there is none
 */
export async function assertNamespace(reader: ObjectReader, name: string): Promise<void> {
	try {
		await reader.client.request({path: `/api/v1/namespaces/${encodeURIComponent(name)}`, signal: reader.signal});
	} catch (error) {
		reader.signal.throwIfAborted();
		if (httpStatusOf(error) !== 404) {
			reader.gaps.push(gapOf({what: `whether the namespace ${name} exists`, right: 'get namespaces'}, error));
			return;
		}

		const names = await reader.client.list<string>('/api/v1/namespaces', {signal: reader.signal, take: nameOf}).catch(() => {
			// Names that are near are a courtesy: without the right to list them there are none.
			reader.signal.throwIfAborted();
			return [];
		});
		throw new UsageError(`namespace not found: ${name}`, nearestOf(name, names));
	}
}
