import {onUnlessNegated, text} from '../command-line/option.ts';
import {outputOption} from '../command-line/output-option.ts';
import {objectForms} from '../output/object-forms.ts';

// How every command that has an object to show prints it: the same forms, order and tables.

/** The options of it. @param own forms that this command alone has, its default first */
export const outputOptions = <const Own extends string>(own: readonly [Own, ...Own[]]) => ({
	output: outputOption(own, objectForms),
	sortBy: text({value: 'JSONPATH', help: 'order the rows of a list by a field, such as .nodes[*].name'}),
	headers: onUnlessNegated({help: 'tables without headers'}),
});
