import {defineCommand} from '../command-line/command.ts';
import {exitCode, UsageError} from '../errors.ts';
import {didYouMean} from '../near-names.ts';

/** `explain CODE`; without a code, the list of all. */
export const explain = defineCommand({
	name: 'explain',
	summary: 'Explain a code such as HP02: meaning, proof, cure',
	words: {usage: '[CODE]', most: 1, are: 'code'},
	examples: [
		['list all codes', ''],
		['one of them, HP02 for instance', 'hp02'],
	],
	options: {},
	connects: false,
	async run(_options, {words: [code], stdout}) {
		const [{explain: explanationOf, explanations}, {explanationText}] = await Promise.all([
			import('../diagnosis/explanations.ts'),
			import('../output/explanation.ts'),
		]);
		if (code === undefined) {
			stdout.write(explanations.map(each => `${each.code.padEnd(6)} ${each.title}\n`).join(''));
			return exitCode.well;
		}

		const explanation = explanationOf(code);
		if (explanation === undefined) {
			const codes = explanations.map(each => each.code);
			throw new UsageError(`there is no code ${code}${didYouMean(code, codes)}`, `Codes: ${codes.join(', ')}`);
		}

		stdout.write(explanationText(explanation));
		return exitCode.well;
	},
});
