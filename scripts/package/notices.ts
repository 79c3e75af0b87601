import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';

const root = path.dirname(path.dirname(import.meta.dirname));

/** A package whose code is in the bundle. */
export type Bundled = {readonly name: string; readonly version: string; readonly licence: string; readonly folder: string};

type Description = {version: string; license?: string; licenses?: ReadonlyArray<{type: string}>};

/** Those that say their licence in their description alone, so the text is written here. */
const withoutText: Readonly<Record<string, string>> = {
	'yoga-layout': 'Copyright (c) Meta Platforms, Inc. and affiliates.',
};

/** The packages in a bundle by esbuild's list of its inputs, those inside of other packages too; by name, then by version, each once. */
export function bundledPackages(inputs: readonly string[]): readonly Bundled[] {
	const found = new Map<string, Bundled>();
	for (const input of inputs) {
		const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/u.exec(input)?.[0];
		if (folder === undefined) continue;
		const description = JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8')) as Description;
		const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
		const licence = description.license ?? description.licenses?.[0]?.type;
		if (licence === undefined) throw new Error(`${folder} names no licence`);
		found.set(`${name} ${description.version}`, {name, version: description.version, licence, folder});
	}

	return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

/** The licence and the notice of each package. @throws Error where one is missing */
export function thirdPartyLicences(packages: readonly Bundled[]): string {
	const parts = packages.map(each => `${each.name} ${each.version} (${each.licence})\n\n${textsOf(each)}`);
	return `${['kubectl-hostport holds the software below. Its own licence is in LICENSE.', ...parts].join(ruler)}\n`;
}

/** What goes along with an executable: besides the packages, Bun and what it links. */
export function licencesWithRuntime(packages: readonly Bundled[]): string {
	return `${thirdPartyLicences(packages).trim()}${ruler}${readFileSync(path.join(import.meta.dirname, 'runtime-notices.txt'), 'utf8')}`;
}

const ruler = `\n\n${'-'.repeat(80)}\n\n`;

function textsOf({name, licence, folder}: Bundled): string {
	const files = readdirSync(path.join(root, folder)).filter(file => /^(?:licen[cs]e|copying|notice)(?:[.-]|$)/iu.test(file));
	const texts = files.sort().map(file => readFileSync(path.join(root, folder, file), 'utf8').trim());
	const holder = withoutText[name];
	if (texts.length > 0) return texts.join('\n\n');
	if (holder === undefined || licence !== 'MIT') throw new Error(`${folder} holds no licence text`);
	return `${holder}\n\n${mit}`;
}

/** The text of the MIT licence, without a holder (SPDX: MIT). */
const mit = readFileSync(path.join(import.meta.dirname, 'mit.txt'), 'utf8').trim();
