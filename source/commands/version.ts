import {defineCommand, noWords} from '../command-line/command.ts';
import {flag} from '../command-line/option.ts';
import {ActionableError, exitCode} from '../errors.ts';
import type {Versions} from '../session/versions.ts';
import {printerOf} from '../output/printer.ts';
import {tellGaps} from '../terminal/tell.ts';
import {outputOptions} from './shared-options.ts';

/** `version`: what could be read goes to stdout also where no cluster answers; that ends with 3 then, with why on stderr. */
export const version = defineCommand({
	name: 'version',
	summary: 'Print versions of this program, the cluster and Cilium, and the supported Cilium versions',
	words: noWords,
	details: 'Exit code 0: all were read, 3: not all.',
	examples: [
		['versions of everything', ''],
		['only of this program, without a cluster', '--client -o json'],
	],
	options: {
		client: flag({help: 'this program only: ask no cluster'}),
		...outputOptions(['text']),
	},
	connects: true,
	async run(options, context) {
		const [{clientVersions, clusterVersions}, {versionsText}, {sessionOf}] = await Promise.all([
			import('../session/versions.ts'),
			import('../output/versions.ts'),
			import('./session-of.ts'),
		]);
		const {textOf} = await printerOf(options, context);
		const show = (versions: Versions): void => void context.stdout.write((textOf ?? versionsText)(versions));
		if (options.client) {
			show(clientVersions);
			return exitCode.ok;
		}

		try {
			const {versions, gaps} = await clusterVersions(sessionOf(options, context));
			show(versions);
			tellGaps(context, {gaps});
			return gaps.length === 0 ? exitCode.ok : exitCode.incomplete;
		} catch (error) {
			if (error instanceof ActionableError && !context.signal.aborted) show(clientVersions);
			throw error;
		}
	},
});
