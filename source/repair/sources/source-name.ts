import {nodeName} from '../../node-name.ts';

/** A source of portmap as it was typed, understood. */
export type SourceName = {readonly kind: 'file' | 'node' | 'image' | 'release' | 'url'; readonly value: string};

/**
 * `node:NAME` (`node:node/NAME` too), `image:REF`, `release:VERSION`, `url:URL` or an address of the web, `file:PATH`; everything else is a
 * file's name, `./node:x` included.
 */
export function sourceName(text: string): SourceName {
	if (/^https?:\/\//u.test(text)) return {kind: 'url', value: text};
	const [, kind, value] = /^(file|url|node|image|release):(.+)$/u.exec(text) ?? [];
	if (kind === undefined || value === undefined) return {kind: 'file', value: text};
	return {kind: kind as SourceName['kind'], value: kind === 'node' ? nodeName(value) : value};
}
