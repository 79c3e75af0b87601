import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';

const source = path.join(import.meta.dirname, '..', 'source');

/** Files and packages that are loaded with a file, before any `import()`. */
function loadedWith(file: string, seen = new Set<string>()): Set<string> {
	if (seen.has(file)) return seen;
	seen.add(file);
	for (const [, name = ''] of readFileSync(path.join(source, file), 'utf8').matchAll(
		/^(?:import|export) (?!type )[^;]*?from '([^']+)';$/gmu,
	)) {
		if (name.startsWith('.')) loadedWith(path.join(path.dirname(file), name), seen);
		else seen.add(name);
	}

	return seen;
}

test('starting, help and completion load no command’s work: neither React nor the Kubernetes client nor a file of theirs', () => {
	const loaded = [...loadedWith('cli.ts')];
	expect(loaded.filter(name => !/^node:|\.ts$/u.test(name))).toEqual(['meow']);
	const rooms = loaded.filter(name => name.includes('/') && !/^node:|^command(?:s|-line)\//u.test(name));
	expect(rooms.sort()).toEqual([
		'access/access.ts',
		'access/helper-pod-image.ts',
		'access/ssh/ssh-flags.ts',
		'cluster/duration.ts',
		'demo/scene.ts',
		'output/colour.ts',
		'output/formats.ts',
		'output/object-forms.ts',
		'output/printer.ts',
		'terminal/tell.ts',
		'terminal/terminal.ts',
	]);
});

test('the first frame of the terminal UI loads what it shows: no Ink, no screen, no diagnosis, nothing that speaks to a cluster', () => {
	const loaded = [...loadedWith('live/tui-session.ts')];
	expect(loaded.filter(name => !/^node:|\.tsx?$/u.test(name)).sort()).toEqual(['react', 'string-width']);
	const rooms = loaded.filter(name => name.includes('/') && !/^node:|^(?:live|session)\//u.test(name));
	expect(rooms.sort()).toEqual([
		'access/pod-powers.ts',
		'access/ssh/node-overrides-path.ts',
		'diagnosis/diagnosis.ts',
		'output/colour.ts',
		'tui/components/header-lines.ts',
		'tui/first-frame.ts',
		'tui/graphemes.ts',
		'tui/layout.ts',
		'tui/line.ts',
		'tui/store.ts',
		'tui/text-width.ts',
		'tui/theme.ts',
	]);
});

test('of a package that is loaded late only the default export is taken: for CommonJS the split bundle has no other', () => {
	const files = readdirSync(source, {recursive: true, encoding: 'utf8'}).filter(file => /\.tsx?$/u.test(file));
	const taken = files.flatMap(file =>
		[...readFileSync(path.join(source, file), 'utf8').matchAll(/const (\{[^}]*\}|\w+) = await import\('([^'.][^']*)'\)/gu)]
			.filter(([, , name = '']) => !name.startsWith('node:'))
			.map(([, names = '', name = '']) => `${name}: ${names}`),
	);
	expect(taken.length).toBeGreaterThan(0);
	for (const each of taken) expect(each).toMatch(/^[\w@/-]+: \{default: \w+\}$/u);
});
