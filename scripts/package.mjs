// Packs dist/ into the archive that krew downloads, and writes version, address and checksum into krew-manifest.yaml.
// The same sources give the same bytes: names are sorted, times and owners are fixed.
// Usage: npm run package [-- OUTPUT_FOLDER [MANIFEST]]
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';
import {buffer} from 'node:stream/consumers';
import {gzipSync} from 'node:zlib';
import tar from 'tar-stream';
import {parseDocument} from 'yaml';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const [outputFolder = path.join(root, 'dist', 'package'), manifestFile = path.join(root, 'krew-manifest.yaml')] = process.argv.slice(2);
const {version} = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const read = file => readFileSync(path.join(root, file));

/** Licence texts of every package whose code is in the bundle, as the bundler's own list of inputs tells. */
function thirdPartyLicences() {
	const {inputs} = JSON.parse(read('dist/.built'));
	const packages = new Set(
		Object.keys(inputs)
			.map(file => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//u.exec(file)?.[1])
			.filter(Boolean),
	);
	return [...packages]
		.sort((a, b) => a.localeCompare(b))
		.map(name => {
			const folder = path.join(root, 'node_modules', name);
			const {version: packageVersion, license} = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
			const file = readdirSync(folder).find(each => /^licen[cs]e/iu.test(each));
			return `${name} ${packageVersion} (${license})\n\n${file === undefined ? '' : readFileSync(path.join(folder, file), 'utf8').trim()}\n`;
		})
		.join(`\n${'-'.repeat(80)}\n\n`);
}

const files = [
	{name: 'LICENSE', content: read('LICENSE'), mode: 0o644},
	{name: 'THIRD-PARTY-LICENSES.txt', content: Buffer.from(thirdPartyLicences()), mode: 0o644},
	{name: 'kubectl-hostport.mjs', content: read('dist/kubectl-hostport.mjs'), mode: 0o755},
	...(existsSync(path.join(root, 'dist', 'chunks')) ? readdirSync(path.join(root, 'dist', 'chunks')) : [])
		.sort()
		.map(name => ({name: `chunks/${name}`, content: read(`dist/chunks/${name}`), mode: 0o644})),
];

const archive = tar.pack();
for (const {name, content, mode} of files) archive.entry({name, mode, mtime: new Date(0), uid: 0, gid: 0}, content);
archive.finalize();
const packed = gzipSync(await buffer(archive), {level: 9});

mkdirSync(outputFolder, {recursive: true});
const archiveName = `kubectl-hostport-v${version}.tar.gz`;
writeFileSync(path.join(outputFolder, archiveName), packed);

const sha256 = createHash('sha256').update(packed).digest('hex');
const manifest = parseDocument(readFileSync(path.join(root, 'krew-manifest.yaml'), 'utf8'));
const homepage = String(manifest.getIn(['spec', 'homepage']));
manifest.setIn(['spec', 'version'], `v${version}`);
manifest.setIn(['spec', 'platforms', 0, 'uri'], `${homepage}/releases/download/v${version}/${archiveName}`);
manifest.setIn(['spec', 'platforms', 0, 'sha256'], sha256);
writeFileSync(manifestFile, manifest.toString({lineWidth: 0}));
console.log(`${path.relative(process.cwd(), path.join(outputFolder, archiveName))}  ${packed.length} bytes  sha256 ${sha256}`);
