import {parseTemplate, type Part} from './parse.ts';
import {jsonText, valueText} from './value-text.ts';

/** Fills a template with an object. @throws TemplateError for what the object cannot give */
export type Fill = (object: unknown) => string;

/** A template of kubectl's `-o jsonpath=`. @throws TemplateError for one that cannot be read */
export function jsonPathTemplate(template: string): Fill {
	const parts = parseTemplate(withBraces(template));
	return object =>
		resultsOf(parts, object)
			.map(result => ('text' in result ? result.text : result.values.map(valueText).join(' ')))
			.join('');
}

/** The same of `-o jsonpath-as-json=`: what each pair of braces reaches, as a list. @throws TemplateError */
export function jsonPathAsJson(template: string): Fill {
	const parts = parseTemplate(withBraces(template));
	return object =>
		resultsOf(parts, object)
			.map(result => `${jsonText('text' in result ? [result.text] : result.values, 4)}\n`)
			.join('');
}

/** One path, with or without its braces, `$` and first dot, as `--sort-by` and custom columns take it. @throws TemplateError */
export function jsonPath(typed: string): (object: unknown) => readonly unknown[] {
	const [, braced, bare] = /^(?:\{\$?\.?([^{}]+)\}|\$?\.?([^{}]+))$/u.exec(typed.trim()) ?? [];
	const inside = braced ?? bare;
	const parts = parseTemplate(inside === undefined ? typed : `{${inside.startsWith('[') ? '' : '.'}${inside}}`);
	return object => resultsOf(parts, object).flatMap(result => ('text' in result ? [] : result.values));
}

/** kubectl would print `.items` as it stands, which nobody means. */
const withBraces = (template: string): string => (/^\$?[.[][^{}]*$/u.test(template) ? `{${template}}` : template);

type Result = {readonly text: string} | {readonly values: readonly unknown[]};

function resultsOf(parts: readonly Part[], object: unknown): readonly Result[] {
	return parts.flatMap((part): readonly Result[] => {
		if ('text' in part) return [part];
		if ('put' in part) return [{values: part.put([object])}];
		return part.repeatFor([object]).flatMap(each => resultsOf(part.parts, each));
	});
}
