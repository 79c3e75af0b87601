import {UsageError} from '../errors.ts';
import {oneOf, type Option} from './option.ts';

/** `-o`: one of the forms that a command prints its result in, the first unless given. */
export function outputOption<const Form extends string>(forms: readonly [Form, ...Form[]]): Option<Form> {
	const option = oneOf<string>(forms, {short: 'o', fallback: forms[0], help: `form of the result (default ${forms[0]})`});
	return {
		...option,
		read(typed, flag) {
			const template = /^(?:go-template|jsonpath|custom-columns)(?=[-=]|$)/u.exec(String(typed))?.[0];
			if (template === undefined) return option.read(typed, flag) as Form;
			throw new UsageError(
				`there is no -o ${template}`,
				'Give -o json to jq, whose language can do all of that: kubectl hostport check -o json | jq',
			);
		},
	};
}
