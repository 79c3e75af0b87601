// What the pages tell a reader to type: each command of a block is run on the demo cluster, or stands below with the reason why not. What is
// linked to is there, and the Korean pages say what the English ones do.
import {execFileSync} from 'node:child_process';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {describe, expect, it} from 'vitest';
import {parse} from '../source/cli.ts';
import {runHere} from './support/program.ts';

const root = path.dirname(import.meta.dirname);
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {cwd: root, encoding: 'utf8'})
	.trim()
	.split('\n')
	.filter(file => existsSync(path.join(root, file)));

/** Commands of a page's indented blocks, without prompt and comment; of a block with prompts only what stands behind one. */
function commandsOf(page: string): string[] {
	const blocks = read(page).split(/^(?! {4}|\s*$).*$/mu);
	return blocks.flatMap(block => {
		const lines = block.split('\n').flatMap(line => /^ {4}(\S.*)$/u.exec(line)?.[1] ?? []);
		const typed = lines.some(line => line.startsWith('$ ')) ? lines.flatMap(line => /^\$ (.*)$/u.exec(line)?.[1] ?? []) : lines;
		return typed.map(line => line.replace(/\s+# .*$/u, ''));
	});
}

/** Run on the demo cluster, by what it ends with there. */
const endsOnDemo: Readonly<Record<string, number>> = {
	'kubectl hostport check': 1,
	'kubectl hostport check --fail-on=never -o prometheus': 0,
	'kubectl hostport diff': 1,
	'kubectl hostport fix --dry-run=server': 0,
	'kubectl hostport verify': 1,
};
const endsAlone: Readonly<Record<string, number>> = {'kubectl hostport explain HP02': 0, 'npm run demo': 0};
const notRun: Readonly<Record<string, string>> = {
	'kubectl hostport fix': 'asks in a terminal; test/program has it',
	'kubectl hostport rollback': 'asks in a terminal; test/program has it',
	'npm run package -- linux-amd64': 'fetches a runtime; npm run test:package runs it',
	'sudo tar -xzf dist/package/kubectl-hostport-v0.1.0-linux-amd64.tar.gz -C /usr/local/bin kubectl-hostport':
		'needs what the one before has made; npm run test:package unpacks it by krew',
	'kubectl krew install --manifest=dist/package/hostport.yaml --archive=dist/package/kubectl-hostport-v0.1.0-linux-amd64.tar.gz':
		'needs what the one before has made; npm run test:package runs it',
	'kind create cluster --config kind.yaml': 'needs a container runtime',
	'cilium install --version 1.17.4': 'needs a cluster',
	'KUBECONFIG=~/.kube/config npm run test:e2e': 'needs a cluster',
	"MUTATION_TESTS='test/terminal/**/*.test.ts' npx stryker run --concurrency 1 -m 'source/terminal/**/*.ts'": 'takes an hour',
};
/** How to bring up the project's own cluster, and a picture of what calls what: no commands of a user. */
const others = ['test/cluster/README.md', 'docs/house.md', 'docs/contract.md'];

const typed = pages
	.filter(page => !others.includes(page))
	.flatMap(page => commandsOf(page).map(command => [page, command.replace(/ > \S+$/u, '')] as const));

describe('commands of the pages', () => {
	it.each(typed)('%s: «%s» is run here, or there is a reason why not', (_, command) => {
		expect([command in endsOnDemo, command in endsAlone, command in notRun].filter(Boolean)).toHaveLength(1);
	});

	it('is told of no command that no page has', () => {
		const known = [...Object.keys(endsOnDemo), ...Object.keys(endsAlone), ...Object.keys(notRun)];
		expect(known.filter(command => !typed.some(([, each]) => each === command))).toEqual([]);
	});

	it.each(Object.entries(endsOnDemo))('«%s» ends with %i on the demo cluster', async (command, code) => {
		const ended = await runHere(['demo', ...command.split(' ').slice(2)]);
		expect(ended.code, ended.errors).toBe(code);
	});

	it.each(Object.entries(endsAlone))('«%s» ends with %i', async (command, code) => {
		const script = (JSON.parse(read('package.json')) as {scripts: Record<string, string>}).scripts['demo'];
		expect(script).toBe('node dist/kubectl-hostport.mjs demo');
		const words = command.startsWith('npm run ') ? ['demo'] : command.split(' ').slice(2);
		expect((await runHere(words)).code).toBe(code);
	});

	const spans = pages.flatMap(page =>
		[...read(page).matchAll(/`(?:kubectl hostport|kubectl-hostport)( [^`]*)?`/gu)].map(([, words = '']) => [page, words.trim()] as const),
	);
	const whole = [...new Set(spans.map(([, words]) => words))].filter(words => !/[[\]…|]|\b[A-Z]{2,}\b(?<!HP)|^$/u.test(words));
	it.each(whole)('«kubectl hostport %s» in a line of text is understood', words => {
		expect(() => parse(words.split(/\s+/u))).not.toThrow();
	});
});

it.each(['README.md', 'README.ko.md'])('what %s shows of check is what it prints', async page => {
	const sample = /^ {4}\$ kubectl hostport check\n(?<shown>(?: {4}.*\n|\n)+)/mu.exec(read(page))?.groups?.['shown'] ?? '';
	const shown = sample
		.split('\n')
		.map(line => line.slice(4).replace('https://10.0.0.1:6443', ''))
		.filter(line => line !== '');
	const printed = (await runHere(['demo', 'check'])).output.replaceAll(/https:\/\/127\.0\.0\.1:\d+/gu, '').split('\n');
	expect(shown.length).toBeGreaterThan(4);
	expect(shown.filter(line => !printed.includes(line))).toEqual([]);
});

describe('links', () => {
	const links = pages.flatMap(page =>
		[...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/gu)].map(([, to = '']) => [page, to] as const),
	);
	it('lead to files that are there', () => {
		expect(links.filter(([page, to]) => !existsSync(path.join(root, path.dirname(page), to)))).toEqual([]);
		expect(links.length).toBeGreaterThan(50);
	});
});

describe('in Korean', () => {
	const spansOf = (file: string): Set<string> => new Set([...read(file).matchAll(/`[^`]+`/gu)].map(([span]) => span));
	const codesOf = (file: string): Set<string> => new Set([...read(file).matchAll(/HP\d\d[a-z]?/gu)].map(([code]) => code));

	it.each(readdirSync(path.join(root, 'docs', 'ko')))('%s has the commands, values, codes and sources of the English page', name => {
		const [english, korean] = [`docs/causes/${name}`, `docs/ko/${name}`] as const;
		expect([...spansOf(english)].filter(span => !spansOf(korean).has(span))).toEqual([]);
		expect([...codesOf(english)].filter(code => !codesOf(korean).has(code))).toEqual([]);
		const bullets = (file: string): number => [...read(file).matchAll(/^- /gmu)].length;
		expect(bullets(korean)).toBe(bullets(english));
		for (const source of read(english).matchAll(/^- (\S+#\d+)$/gmu)) expect(read(korean)).toContain(source[1]);
	});

	it('the README has every command of the English one', () => {
		expect(commandsOf('README.ko.md')).toEqual(commandsOf('README.md'));
	});
});
