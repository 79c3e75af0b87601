// Bundles source/ into dist/: ECMAScript modules, split by dynamic import, so that a command loads only what it needs.
import {chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const out = path.join(root, 'dist');
const {version} = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

/**
 * ssh2 does without its two native parts; Ink's developer tools are never part of the product; the Kubernetes client library speaks over our own
 * connection, so its HTTP client is none either.
 */
const leftOut = {
	name: 'left-out',
	setup(builder) {
		builder.onResolve({filter: /(\.node|^cpu-features|^react-devtools-core)$/}, () => ({path: 'left-out', namespace: 'left-out'}));
		builder.onResolve({filter: /^undici$/}, () => ({path: 'undici', namespace: 'never-called'}));
		builder.onLoad({filter: /.*/, namespace: 'never-called'}, () => ({
			contents: 'export const fetch = () => { throw new Error("left out of the bundle"); };',
			loader: 'js',
		}));
		builder.onLoad({filter: /.*/, namespace: 'left-out'}, () => ({
			contents: 'module.exports = undefined; throw new Error("left out of the bundle");',
			loader: 'js',
		}));
	},
};

rmSync(out, {recursive: true, force: true});
mkdirSync(out, {recursive: true});
const result = await build({
	absWorkingDir: root,
	entryPoints: {'kubectl-hostport': 'source/kubectl-hostport.ts'},
	outdir: out,
	outExtension: {'.js': '.mjs'},
	chunkNames: 'chunks/[name]-[hash]',
	bundle: true,
	splitting: true,
	minify: true,
	keepNames: false,
	sourcemap: false,
	format: 'esm',
	platform: 'node',
	target: 'node22.19',
	jsx: 'automatic',
	loader: {'.sh': 'text'},
	define: {'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"', __VERSION__: JSON.stringify(version)},
	// CommonJS packages inside an ESM bundle ask for these at run time.
	banner: {
		js: "import {createRequire as __createRequire} from 'node:module';import {fileURLToPath as __toPath} from 'node:url';import {dirname as __dirnameOf} from 'node:path';var require=__createRequire(import.meta.url),__filename=__toPath(import.meta.url),__dirname=__dirnameOf(__filename);",
	},
	plugins: [leftOut],
	metafile: true,
	logLevel: 'warning',
});
chmodSync(path.join(out, 'kubectl-hostport.mjs'), 0o755);
writeFileSync(path.join(out, '.built'), JSON.stringify(result.metafile));
