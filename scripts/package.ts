// Makes what a release is: an archive for each target, hostport.yaml for krew, a formula for Homebrew, SHA256SUMS, the licences and the bill of materials.
// The same sources give the same bytes, and nothing that is tracked is touched. It alone fetches the runtimes.
// Usage: npm run package [-- [--output FOLDER] [TARGET…]]    a target is linux-amd64, windows-arm64 …; all unless told
import {createHash} from 'node:crypto';
import {mkdtemp, readFile, rm, mkdir, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {parseArgs} from 'node:util';
import {bundle} from './bundle.ts';
import {tarGz, zip, type Entry} from './package/archive.ts';
import {compile, fetchRuntime, PackageError} from './package/compile.ts';
import {homebrewFormula, type Described} from './package/homebrew-formula.ts';
import {releaseManifest} from './package/krew-manifest.ts';
import {bundledPackages, licencesWithRuntime} from './package/notices.ts';
import {sbom} from './package/sbom.ts';
import {archiveOf, hostRuntime, isWindows, programOf, targets, type Target} from './package/targets.ts';

const root = path.dirname(import.meta.dirname);
const {values, positionals} = parseArgs({options: {output: {type: 'string'}}, allowPositionals: true});
const output = path.resolve(values.output ?? path.join(root, 'dist', 'package'));

const unknown = positionals.filter(name => !targets.some(target => target.name === name));
if (unknown.length > 0) {
	console.error(`no target ${unknown.join(', ')}\nThere are: ${targets.map(({name}) => name).join(', ')}.`);
	process.exit(2);
}

const wanted = targets.filter(({name}) => positionals.length === 0 || positionals.includes(name));
const work = await mkdtemp(path.join(os.tmpdir(), 'hostport-package-'));
try {
	await makeRelease(work);
} catch (error) {
	console.error(error instanceof PackageError ? `package: ${error.message}` : error);
	process.exitCode = 1;
} finally {
	await rm(work, {recursive: true, force: true});
}

async function makeRelease(work: string): Promise<void> {
	const {version, license, homepage, description} = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as Described;
	await rm(output, {recursive: true, force: true});
	await mkdir(output, {recursive: true});
	const {inputs} = await bundle(path.join(work, 'bundle'), {splitting: false});
	const packages = bundledPackages(Object.keys(inputs));
	const beside: readonly Entry[] = [
		{name: 'LICENSE', content: await readFile(path.join(root, 'LICENSE')), mode: 0o644},
		{name: 'THIRD-PARTY-LICENSES', content: Buffer.from(licencesWithRuntime(packages)), mode: 0o644},
	];
	const compiler = await fetchRuntime(hostRuntime(), work);
	const checksums = new Map<Target, string>();
	const sums: string[] = [];
	const write = async (name: string, content: Buffer): Promise<string> => {
		await writeFile(path.join(output, name), content);
		const sha256 = createHash('sha256').update(content).digest('hex');
		sums.push(`${sha256}  ${name}`);
		console.log(`${name}  ${content.length} bytes  sha256 ${sha256}`);
		return sha256;
	};
	for (const target of wanted) {
		const runtime = target.runtime === hostRuntime() ? compiler : await fetchRuntime(target.runtime, work);
		const folder = path.join(work, target.name);
		await mkdir(folder);
		const outfile = path.join(folder, programOf(target));
		await compile(compiler, {
			bundle: path.join(work, 'bundle', 'kubectl-hostport.mjs'),
			runtime: target.runtime,
			program: runtime,
			outfile,
		});
		const entries = [...beside, {name: programOf(target), content: await readFile(outfile), mode: 0o755}];
		checksums.set(target, await write(archiveOf(target, version), isWindows(target) ? zip(entries) : await tarGz(entries)));
		// What is not needed any more: nine runtimes are a gigabyte.
		await rm(folder, {recursive: true});
		if (runtime !== compiler) await rm(path.dirname(runtime), {recursive: true});
	}

	const template = await readFile(path.join(root, 'krew-manifest.yaml'), 'utf8');
	await write('hostport.yaml', Buffer.from(releaseManifest(template, version, checksums)));
	await write('kubectl-hostport.rb', Buffer.from(homebrewFormula({version, license, homepage, description}, checksums)));
	await write('sbom.cdx.json', Buffer.from(sbom(version, packages, wanted)));
	for (const {name, content} of beside) await write(name, content);
	await writeFile(path.join(output, 'SHA256SUMS'), `${sums.join('\n')}\n`);
}
