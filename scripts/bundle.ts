// Bundles source/ into ECMAScript modules.
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {build, type Metafile, type Plugin} from 'esbuild';

const root = path.dirname(import.meta.dirname);

/**
 * ssh2 does without its two native parts; Ink's developer tools are never part of the product; the Kubernetes client library speaks over our own
 * connection, so its HTTP client is none either.
 */
const leftOut: Plugin = {
	name: 'left-out',
	setup(builder) {
		builder.onResolve({filter: /(\.node|^cpu-features|^react-devtools-core)$/}, () => ({path: 'left-out', namespace: 'left-out'}));
		builder.onResolve({filter: /^undici$/}, () => ({path: 'undici', namespace: 'never-called'}));
		builder.onLoad({filter: /.*/, namespace: 'never-called'}, () => ({
			contents: 'export const fetch = () => { throw new Error("not in the bundle"); };',
			loader: 'js',
		}));
		builder.onLoad({filter: /.*/, namespace: 'left-out'}, () => ({
			contents: 'module.exports = undefined; throw new Error("not in the bundle");',
			loader: 'js',
		}));
	},
};

/**
 * Writes `kubectl-hostport.mjs` into a folder: alone, or `splitting` into chunks beside it, so that a command loads only what it needs.
 * Gives esbuild's list of what is in it; its paths begin at the top of the repository.
 */
export async function bundle(folder: string, {splitting}: {readonly splitting: boolean}): Promise<Metafile> {
	const {version} = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {version: string};
	const {metafile} = await build({
		absWorkingDir: root,
		entryPoints: {'kubectl-hostport': 'source/kubectl-hostport.ts'},
		outdir: folder,
		outExtension: {'.js': '.mjs'},
		chunkNames: 'chunks/[name]-[hash]',
		bundle: true,
		splitting,
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
	return metafile;
}
