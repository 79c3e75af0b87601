import {UsageError} from '../../errors.ts';
import {didYouMean} from '../../near-names.ts';
import {nodeName} from '../../node-name.ts';

const kinds = ['file', 'url', 'node', 'image', 'release'] as const;

/** A source of portmap as it was typed, understood. */
export type SourceName = {readonly kind: (typeof kinds)[number]; readonly value: string};

/**
 * `node:NAME` (`node:node/NAME` too), `image:REF`, `release:VERSION`, `url:URL` or an address of the web, `file:PATH`; everything else is a
 * file's name, `./node:x` included.
 * @throws UsageError for a kind that is mistyped
 */
export function sourceName(text: string): SourceName {
	if (/^https?:\/\//u.test(text)) return {kind: 'url', value: text};
	const [, word = '', value] = /^([a-z]{3,}):(.+)$/u.exec(text) ?? [];
	const kind = kinds.find(each => each === word);
	if (kind !== undefined && value !== undefined) return {kind, value: kind === 'node' ? nodeName(value) : value};
	const meant = word === '' ? '' : didYouMean(word, kinds);
	if (meant !== '')
		throw new UsageError(
			`there is no source ${word}:${meant}`,
			`Sources: FILE, ${kinds.join(':…, ')}:…; the file of that name is ./${text}`,
		);
	return {kind: 'file', value: text};
}
