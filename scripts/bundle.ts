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

/** Files of packages whose start costs more than all of ours, and what makes them cheap. */
const slowStarts: ReadonlyArray<{readonly file: RegExp; readonly change: (text: string) => string}> = [
	{
		// Ink's layout engine fetches its WebAssembly from a `data:` address where there is a `fetch`, and for that Node loads its whole HTTP client:
		// half of the time to the first frame. Where there is none it decodes the same text itself.
		file: /[\\/]yoga-wasm-base64-esm\.js$/,
		change: text => `const fetch = undefined;${text}`,
	},
	{
		// meow is told our name and version. What finds and tidies a package.json sorts all licences of SPDX when it is loaded.
		file: /[\\/]meow[\\/]build[\\/]dependencies\.js$/,
		change: text =>
			`${text
				.replaceAll(/^((?:var|const) \w+ = )((?:require[A-Z]|getDefaultExportFromCjs))/gmu, '$1/* @__PURE__ */ $2')
				.replace(/^promisify\(execFile\);$/mu, '')
				.replace('readPackageUpSync as a,', 'toldByUs as a,')
				.replace('normalizePackageData as n,', 'toldByUs as n,')}\nfunction toldByUs() {}`,
	},
	{
		// The table of every emoji is made with the expression that asks for it, and only what is no single character asks.
		file: /[\\/]string-width[\\/]index\.js$/,
		change: text =>
			text.replace(
				/^const emojiPrefixRegex = (.+);$/mu,
				'let emoji; const emojiPrefixRegex = {test: text => (emoji ??= $1).test(text), exec: text => (emoji ??= $1).exec(text)};',
			),
	},
];

const quickStart: Plugin = {
	name: 'quick-start',
	setup(builder) {
		for (const {file, change} of slowStarts)
			builder.onLoad({filter: file}, ({path: found}) => ({contents: change(readFileSync(found, 'utf8')), loader: 'js'}));
	},
};

/**
 * An `import` of one of Node's own modules reads all that the module exports, and of some that is dear. Of `node:http` it loads the HTTP client of `fetch` too:
 * 50 ms of processor time instead of 2; of `node:process` it takes 10 instead of none, of the others 2 each.
 */
const ownModules: Plugin = {
	name: 'own-modules',
	setup(builder) {
		builder.onResolve({filter: /^(?:node:)?(?:child_process|http|process)$/}, ({path: name, kind}) =>
			kind === 'import-statement' ? {path: name.replace(/^node:/u, ''), namespace: 'own-modules', sideEffects: false} : undefined,
		);
		builder.onLoad({filter: /./, namespace: 'own-modules'}, ({path: name}) => ({
			// The launcher tells a Node that is too old for the second that it is.
			contents: `module.exports = ${name === 'process' ? 'process' : `process.getBuiltinModule('node:${name}')`};`,
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
		// Ink's packages bring five copies of another version, each of which builds the same tables when it starts.
		alias: {'string-width': path.join(root, 'node_modules', 'string-width')},
		plugins: [leftOut, quickStart, ...(splitting ? [ownModules] : [])],
		metafile: true,
		logLevel: 'warning',
	});
	return metafile;
}
