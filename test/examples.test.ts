import {readFileSync} from 'node:fs';
import path from 'node:path';
import {describe, expect, it} from 'vitest';
import {parse as parseYaml, parseAllDocuments} from 'yaml';
import {parse} from '../source/cli.ts';
import {runHere} from './support/program.ts';

const examples = path.join(path.dirname(import.meta.dirname), 'examples');
const read = (...file: readonly string[]): string => readFileSync(path.join(examples, ...file), 'utf8');

/** Words of each `kubectl hostport …` or `kubectl-hostport …` of a shell's text, without what the shell does with its output. */
function commandsIn(text: string): string[][] {
	return [...text.matchAll(/kubectl[ -]hostport( [^|>&;\n]*)/gu)].map(([, words = '']) =>
		words
			.replaceAll(/["']|2$/gu, '')
			.trim()
			.split(/\s+/u)
			.map(word => word.replaceAll(/\$\{?\w+\}?/gu, 'x')),
	);
}

const understood = (words: readonly string[]): void => expect(() => parse(words), words.join(' ')).not.toThrow();

it('k9s opens the program for what is under the cursor, in the context that k9s is in', () => {
	type Plugin = {
		readonly shortCut: string;
		readonly description: string;
		readonly scopes: readonly string[];
		readonly command: string;
		readonly background: boolean;
		readonly args: readonly string[];
	};
	const {plugins} = parseYaml(read('k9s', 'plugins.yaml')) as {plugins: Readonly<Record<string, Plugin>>};
	const keys: string[] = [];
	for (const [name, {shortCut, scopes, command, args, ...others}] of Object.entries(plugins)) {
		// The fields that k9s knows; it refuses a file with others.
		expect(Object.keys(others).sort(), name).toEqual(['background', 'description']);
		keys.push(...scopes.map(scope => `${shortCut} ${scope}`));
		const line = command === 'sh' ? (args[1] ?? '') : `kubectl ${args.join(' ')}`;
		expect(line).toContain('--context "$CONTEXT"'.replaceAll('"', command === 'sh' ? '"' : ''));
		expect(commandsIn(line)).toHaveLength(1);
		for (const words of commandsIn(line)) understood(words);
	}

	expect(new Set(keys).size).toBe(keys.length);
});

it('the nightly workflow asks the cluster once, and has a JUnit report and a job summary of the same evidence', () => {
	type Step = {readonly run?: string};
	const {jobs} = parseYaml(read('github-actions', 'hostports.yaml')) as {jobs: {check: {steps: readonly Step[]}}};
	const commands = commandsIn(jobs.check.steps.map(({run = ''}) => run).join('\n'));
	for (const words of commands) understood(words);
	expect(commands.filter(words => words.includes('--kubeconfig'))).toHaveLength(1);
	expect(commands.filter(words => words.includes('--from')).map(words => words.at(-1))).toEqual(['markdown', 'junit']);
});

describe('inside the cluster', () => {
	type Container = {readonly command?: readonly string[]; readonly args?: readonly string[]; readonly securityContext: object};
	type Template = {
		readonly spec: {
			readonly containers: readonly Container[];
			readonly initContainers?: readonly Container[];
			readonly serviceAccountName: string;
		};
	};
	type Document = {
		readonly kind: string;
		readonly metadata: {readonly name: string; readonly namespace?: string};
		readonly roleRef?: {readonly kind: string; readonly name: string};
		readonly spec?: {readonly jobTemplate: {readonly spec: {readonly template: Template}}};
	};
	const documentsOf = (text: string): Document[] => parseAllDocuments(text).map(each => each.toJS() as Document);

	it('the bindings name the roles that manifest rbac prints', async () => {
		const {output} = await runHere(['demo', 'manifest', 'rbac']);
		const named = ({kind, metadata: {name, namespace}}: Document): string => `${kind} ${namespace ?? ''}/${name}`;
		const roles = documentsOf(output).map(named);
		const bindings = documentsOf(read('in-cluster', 'check.yaml')).filter(({roleRef}) => roleRef !== undefined);
		expect(bindings).toHaveLength(2);
		for (const {roleRef, metadata} of bindings) expect(roles).toContain(`${roleRef?.kind} ${metadata.namespace ?? ''}/${roleRef?.name}`);
		expect(bindings).toHaveLength(roles.length);
	});

	it.each(['check.yaml', 'push-metrics.yaml'])('the containers of %s have no rights of their own, and run what is understood', file => {
		const templates = documentsOf(read('in-cluster', file)).flatMap(({spec}) => spec?.jobTemplate.spec.template.spec ?? []);
		expect(templates).toHaveLength(1);
		for (const {containers, initContainers = [], serviceAccountName} of templates) {
			expect(serviceAccountName).toBe('hostport');
			for (const {securityContext} of [...containers, ...initContainers])
				expect(securityContext).toMatchObject({
					runAsNonRoot: true,
					allowPrivilegeEscalation: false,
					readOnlyRootFilesystem: true,
					capabilities: {drop: ['ALL']},
				});
			const [own] = initContainers.length > 0 ? initContainers : containers;
			understood(own?.args ?? commandsIn(own?.command?.[2] ?? '')[0] ?? ['missing-command']);
		}
	});

	it('the image has the program of the archive, and runs check', () => {
		const lines = read('in-cluster', 'Dockerfile').split('\n');
		expect(lines).toContain('COPY --chmod=0755 kubectl-hostport /usr/local/bin/kubectl-hostport');
		expect(lines.filter(line => /^(?:ENTRYPOINT|CMD|USER)/u.test(line))).toEqual([
			'USER 65532:65532',
			'ENTRYPOINT ["kubectl-hostport"]',
			'CMD ["check"]',
		]);
	});
});
