import {defineCommand} from '../command-line/command.ts';
import {oneOf, text, textOfForm, texts} from '../command-line/option.ts';
import {exitCode, UsageError} from '../errors.ts';
import {knownWord} from '../near-names.ts';
import type {RbacMode} from '../repair/manifests/rbac.ts';
import type {ManifestKind} from '../session/manifests.ts';
import {printerOf} from '../output/printer.ts';
import {from, image, imagePullSecret, outputOptions, strategy} from './shared-options.ts';

const kinds = ['daemonset', 'init-script', 'helm-values', 'rbac'] as const satisfies readonly ManifestKind[];
const modes = ['list', 'diagnose', 'fix'] as const satisfies readonly RbacMode[];

/** `manifest KIND`: what makes a repair last, on stdout; nothing is changed. */
export const manifest = defineCommand({
	name: 'manifest',
	summary: 'Print what makes a repair last: a DaemonSet, an init script, Helm values, roles',
	words: {usage: kinds.join('|'), most: 1, are: kinds},
	details:
		'Prints it and changes nothing. daemonset keeps portmap on every node, including new ones; init-script installs it in a node pool before a node joins; helm-values are the values for Cilium’s chart, in the form that the owner of cilium-config needs (a HelmChartConfig, a kustomize patch, kOps’ cluster spec); rbac prints the smallest roles for a --mode.',
	examples: [
		['roles that check needs', 'rbac --mode diagnose'],
		['a DaemonSet that keeps portmap on every node', 'daemonset --portmap release:1.9.1'],
		['values for Cilium’s chart', 'helm-values --strategy portmap'],
	],
	options: {
		portmap: texts({
			value: 'SOURCE',
			completes: 'file',
			help: 'file:PATH (embedded; - for standard input), release:VERSION, url:URL or image:REF; repeat files and URLs for several architectures',
		}),
		portmapSha256: text({
			value: 'SUM',
			help: 'checksum of the file or download; separate several with commas, in the same order',
		}),
		image: image('image of the DaemonSet (default: the Cilium agent’s, which is on the nodes)'),
		imagePullSecret: imagePullSecret('Secret in its namespace to pull the images with (default: the agents’ own)'),
		cniBinDir: textOfForm(
			{value: 'FOLDER', help: 'folder of CNI binaries on the nodes (default: by the agent’s mounts)'},
			// `..` is refused by the API server in a hostPath, and `$(…)` is expanded by the kubelet.
			{
				matches: /^\/(?!.*\.\.)[\w.@:+/-]+$/u,
				says: 'no absolute path',
				hint: 'Write it like /opt/cni/bin, without .. and special characters.',
			},
		),
		strategy,
		mode: oneOf(modes, {fallback: 'diagnose', help: 'purpose of the roles (default diagnose)'}),
		...outputOptions(['text']),
		from,
	},
	connects: true,
	async run(options, context) {
		const [typed = ''] = context.words;
		const kind = knownWord(typed, kinds, {none: 'manifest needs a kind', unknown: 'there is no manifest', all: 'Kinds'});
		const {textOf} = await printerOf(options, context);
		if (textOf !== undefined && kind === 'init-script')
			throw new UsageError('an init script is not an object: -o cannot print it', 'Remove -o.');
		const [{manifests}, {manifestObject}, {sessionOf}] = await Promise.all([
			import('../session/manifests.ts'),
			import('../output/manifest-object.ts'),
			import('./session-of.ts'),
		]);
		const wishes = {
			sources: options.portmap,
			sums: options.portmapSha256 ?? '',
			folder: options.cniBinDir,
			strategy: options.strategy,
			mode: options.mode,
			warn: (line: string) => void context.stderr.write(`warning: ${line}\n`),
		};
		const text = await manifests[kind](sessionOf(options, context), wishes);
		context.stdout.write(textOf?.(manifestObject(text)) ?? text);
		return exitCode.ok;
	},
});
