import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {causes} from '../../source/diagnosis/causes/index.ts';

const source = path.join(import.meta.dirname, '..', '..', 'source');
const folder = path.join('diagnosis', 'causes');

test('nothing but a cause’s own file acts by its code: what others need to know of it is a field of the cause', () => {
	const codes = new Set(causes.map(({code}) => code));
	const files = readdirSync(source, {recursive: true, encoding: 'utf8'}).filter(file => /\.tsx?$/u.test(file) && !file.startsWith(folder));
	expect(files.length).toBeGreaterThan(100);
	const naming = files.flatMap(file =>
		[...readFileSync(path.join(source, file), 'utf8').matchAll(/^\s*(HP\w+): |'(HP\w+)'/gmu)].flatMap(([, key, literal]) =>
			codes.has(key ?? literal ?? '') ? [`${file}: ${key ?? literal}`] : [],
		),
	);
	expect(naming).toEqual([]);
});

test('a cause has its file, and its row alone brings it into the program', () => {
	const files = readdirSync(path.join(source, folder)).flatMap(file => /^(hp\w+)\.ts$/u.exec(file)?.[1]?.toUpperCase() ?? []);
	expect([...new Set(causes.map(({code}) => code.toUpperCase()))].toSorted()).toEqual(files.toSorted());
});
