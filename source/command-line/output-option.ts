import {UsageError} from '../errors.ts';
import {didYouMean} from '../near-names.ts';
import type {Option} from './option.ts';

/** Forms that print whatever object a command has, by name; `needs` is what stands behind `=`. */
export type ObjectForms = Readonly<Record<string, {readonly needs?: string}>>;

/** Such a form with what was given for it. */
export type ObjectOutput = {readonly objectForm: string; readonly given: string};

/**
 * `-o`: one of the forms that a command has of its own, the first unless given, or one that prints any object.
 * @param objects an object form is typed `FORM`, or `FORM=WHAT` where it needs something
 */
export function outputOption<const Own extends string>(own: readonly [Own, ...Own[]], objects: ObjectForms): Option<Own | ObjectOutput> {
	const typedAs = ([form, {needs}]: readonly [string, {readonly needs?: string}]): string => (needs === undefined ? form : `${form}=`);
	const forms = [...own, ...Object.entries(objects).map(typedAs)];
	return {
		type: 'string',
		short: 'o',
		value: 'FORM',
		help: `form of the result (default ${own[0]}); one of: ${forms.join(', ')}`,
		completes: forms,
		read(typed, flag) {
			if (typed === undefined) return own[0];
			const [, form = '', given] = /^([^=]*)(?:=(.*))?$/su.exec(String(typed)) ?? [];
			const ownForm = given === undefined ? own.find(each => each === form) : undefined;
			if (ownForm !== undefined) return ownForm;
			const needs = Object.hasOwn(objects, form) ? (objects[form]?.needs ?? '') : undefined;
			if (needs !== undefined && (needs === '') === (given === undefined) && given !== '') return {objectForm: form, given: given ?? ''};
			throw wrongForm(`${flag} ${String(typed)}`, {form, needs, forms});
		},
	};
}

function wrongForm(
	typed: string,
	{form, needs, forms}: {readonly form: string; readonly needs: string | undefined; readonly forms: readonly string[]},
): UsageError {
	if (/^(?:go-)?template(?:-file)?$/u.test(form))
		return new UsageError(
			`there is no -o ${form}: Go templates are not supported`,
			'Use a JSONPath template: -o jsonpath=\'{range .nodes[*]}{.name}{"\\n"}{end}\'',
		);
	if (needs !== undefined && needs !== '')
		return new UsageError(`-o ${form} needs ${needs}`, `Add it behind the equals sign: -o ${form}=…`);
	const hint = `Choose one of: ${forms.join(', ')}`;
	if (form === '') return new UsageError(`${typed.trim()} needs a value`, hint);
	const meant = didYouMean(
		form,
		forms.map(each => each.replace(/=$/u, '')),
	);
	return new UsageError(`${typed.replace(/^--output /u, '--output cannot be "')}"${meant}`, hint);
}
