import {defineCommand} from '../command-line/command.ts';
import {exitCode, UsageError} from '../errors.ts';
import {didYouMean} from '../near-names.ts';
import {printerOf} from '../output/printer.ts';
import {outputOptions} from './shared-options.ts';

/** `explain CODE`; without a code, the list of all. */
export const explain = defineCommand({
	name: 'explain',
	summary: 'Explain a code such as HP02: meaning, proof, fix',
	words: {usage: '[CODE]', most: 1, are: 'code'},
	examples: [
		['list all codes', ''],
		['one of them, HP02 for instance', 'hp02'],
		['how each of them is fixed', '-o custom-columns=CODE:.code,FIX:.fix[0]'],
	],
	options: outputOptions(['text']),
	connects: false,
	async run(options, context) {
		const [code] = context.words;
		const {textOf, sorted} = await printerOf(options, context);
		const [{explain: explanationOf, explanations}, {codeList, explanationObject, explanationText}] = await Promise.all([
			import('../diagnosis/explanations.ts'),
			import('../output/explanation.ts'),
		]);
		if (code === undefined) {
			const list = {apiVersion: 'hostport.dev/v1', kind: 'ExplanationList', items: explanations.map(explanationObject)};
			context.stdout.write(textOf?.(list) ?? codeList(sorted(list).items));
			return exitCode.ok;
		}

		const explanation = explanationOf(code);
		if (explanation === undefined) {
			const codes = explanations.map(each => each.code);
			throw new UsageError(`there is no code ${code}${didYouMean(code, codes)}`, `Codes: ${codes.join(', ')}`);
		}

		context.stdout.write(textOf?.(explanationObject(explanation)) ?? explanationText(explanation));
		return exitCode.ok;
	},
});
