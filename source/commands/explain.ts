import {explain, explanations} from '../diagnosis/explanations.ts';
import {exitCode, UsageError, type ExitCode} from '../errors.ts';
import {didYouMean} from '../near-names.ts';
import {explanationText} from '../output/explanation.ts';
import type {CommandContext} from './command.ts';

/** `explain CODE`; without a code, the list of all. */
export function run(context: CommandContext): Promise<ExitCode> {
	const [code] = context.words;
	if (code === undefined) {
		context.stdout.write(explanations.map(each => `${each.code.padEnd(6)} ${each.title}\n`).join(''));
		return Promise.resolve(exitCode.well);
	}

	const explanation = explain(code);
	if (explanation === undefined) {
		const codes = explanations.map(each => each.code);
		throw new UsageError(`there is no code ${code}${didYouMean(code, codes)}`, `Codes: ${codes.join(', ')}`);
	}

	context.stdout.write(explanationText(explanation));
	return Promise.resolve(exitCode.well);
}
