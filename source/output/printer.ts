import type {CommandContext} from '../command-line/command.ts';
import type {ObjectOutput} from '../command-line/output-option.ts';
import {ActionableError, UsageError, whyUnusable} from '../errors.ts';
import {shouldColour} from './colour.ts';
import {objectForms} from './object-forms.ts';

/** Of a file with a template, bytes. */
const limit = 1_000_000;

/** A form, or one that an object is put into; the field to order by; whether tables have headers; whether text is coloured. */
export type OutputValues = {
	readonly output: string | ObjectOutput;
	readonly sortBy: string | undefined;
	readonly headers: boolean;
	readonly color?: string | undefined;
};

/** What prints a document as it was asked for. */
export type Printer = {
	/** The document with its rows in the order asked for. @throws UsageError where there is no such field */
	readonly sorted: <Document extends object>(document: Document) => Document;
	/** The text of a document; undefined where a form of the command's own was asked for. @throws UsageError for what it does not have */
	readonly textOf: ((document: object) => string) | undefined;
	/** The form of the command's own that was asked for; undefined where none was. */
	readonly form: string | undefined;
	/** How a form of the command's own lays out its text. */
	readonly layout: {readonly headers: boolean; readonly width: number | undefined; readonly colour: boolean};
};

/** Reads what was typed before anything is asked of a cluster. @throws UsageError for a template, a path or columns that cannot be read */
export async function printerOf(
	{output, sortBy, headers, color}: OutputValues,
	{signal, stdout, environment}: Pick<CommandContext, 'signal' | 'stdout' | 'environment'>,
): Promise<Printer> {
	const layout = {headers, width: stdout.isTTY ? stdout.columns : undefined, colour: shouldColour(color, stdout, environment)};
	const sort = sortBy === undefined ? undefined : await sortOf(sortBy);
	const sorted: Printer['sorted'] = document => (sort === undefined ? document : toldAsUsage('--sort-by', () => sort(document)));
	if (typeof output === 'string') return {sorted, textOf: undefined, form: output, layout};
	const {objectForm, given} = output;
	const form = objectForms[objectForm];
	if (form === undefined) throw new Error(`no form ${objectForm}`);
	const flag = `-o ${objectForm}`;
	const [printing, template] = [await form.load(), form.needs === 'a file' ? await contentOf(given, signal) : given];
	const print = toldAsUsage(flag, () => printing(template));
	return {form: undefined, sorted, textOf: document => toldAsUsage(flag, () => print(sorted(document), headers)), layout};
}

async function sortOf(typed: string): Promise<<Document extends object>(document: Document) => Document> {
	const {sortedBy} = await import('./sorted.ts');
	return toldAsUsage('--sort-by', () => sortedBy(typed));
}

async function contentOf(file: string, signal: AbortSignal): Promise<string> {
	const {readNamedFile, shownFile} = await import('../named-file.ts');
	try {
		return (await readNamedFile(file, {maximumBytes: limit, signal})).toString('utf8');
	} catch (error) {
		signal.throwIfAborted();
		throw new UsageError(`${shownFile(file)} cannot be read: ${whyUnusable(error)}`, 'Use a file with a template.', error);
	}
}

/**
 * Prints the document of a command that has acted by now: a template that does not fit is told, and changes nothing of how the command ends.
 * @returns whether the document was asked for as an object
 */
export function printActed({textOf}: Printer, document: object, {stdout, stderr}: Pick<CommandContext, 'stdout' | 'stderr'>): boolean {
	if (textOf === undefined) return false;
	try {
		stdout.write(textOf(document));
	} catch (error) {
		if (!(error instanceof UsageError)) throw error;
		stderr.write(`${error.message}\n${error.hint}\n`);
	}

	return true;
}

function toldAsUsage<Value>(flag: string, act: () => Value): Value {
	try {
		return act();
	} catch (error) {
		if (!(error instanceof Error) || error instanceof ActionableError || error.name !== 'TemplateError') throw error;
		throw new UsageError(`${flag}: ${error.message}`, 'It is read as kubectl reads it; -o json shows which fields there are.', error);
	}
}
