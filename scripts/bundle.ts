// Bundles source/ into ECMAScript modules.
import {readFileSync} from 'node:fs';
import {isBuiltin} from 'node:module';
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
		// To be told that a listener is a function takes a module of Node's.
		file: /[\\/]signal-exit[\\/]index\.js$/,
		change: text => text.replace("var assert = require('assert')", 'var assert = {equal() {}}'),
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

/** What an `Intl.Segmenter` is made by at the start of a package, and ours that is made late. */
const segmenters = /new Intl\.Segmenter\((?:undefined, \{\s*granularity: 'grapheme'\s*\})?\)/u;
const lateSegmenter = `import {segmenter as lateSegmenter} from ${JSON.stringify(path.join(root, 'source', 'tui', 'graphemes.ts'))};`;

const quickStart: Plugin = {
	name: 'quick-start',
	setup(builder) {
		builder.onLoad({filter: /[\\/]node_modules[\\/].*\.js$/}, ({path: found}) => {
			const text = readFileSync(found, 'utf8');
			const changed = slowStarts.reduce((so, {file, change}) => (file.test(found) ? change(so) : so), text);
			const contents = segmenters.test(changed) ? `${lateSegmenter}${changed.replace(segmenters, 'lateSegmenter')}` : changed;
			return contents === text ? undefined : {contents, loader: 'js'};
		});
	},
};

/**
 * An `import` of one of Node's own modules reads all that the module exports, which loads what of it is dear and hardly needed: of `node:http` the HTTP client
 * of `fetch`, 50 ms of processor time instead of 2, of `node:util` threads and diffs. So a module is loaded when something of it is used first, and nothing else
 * of it is read. Modules that are functions are there at once. Each file has its own few bytes for this: a chunk for all takes longer to find.
 */
const ownModules: Plugin = {
	name: 'own-modules',
	setup(builder) {
		builder.onResolve({filter: /^(?:node:)?[a-z_/]+$/}, ({path: name, kind, importer}) =>
			(kind === 'import-statement' || kind === 'require-call') && isBuiltin(name)
				? {
						path: `${name.replace(/^node:/u, '')} for ${path.relative(root, importer).replaceAll('node_modules', 'packages')}`,
						namespace: 'own-modules',
						sideEffects: false,
					}
				: undefined,
		);
		builder.onLoad({filter: /./, namespace: 'own-modules'}, ({path: found}) => ({
			contents: ownModule(found.split(' ', 1)[0] ?? ''),
		}));
	},
};

function ownModule(name: string): string {
	// The launcher tells a Node that is too old for the others that it is.
	if (name === 'process') return 'module.exports = process;';
	const loaded = `process.getBuiltinModule('node:${name}')`;
	if (typeof process.getBuiltinModule(name) === 'function') return `module.exports = ${loaded};`;
	return `let own; const load = () => (own ??= ${loaded});
module.exports = Object.create(new Proxy({}, {get: (_, name) => load()[name], has: (_, name) => name in load()}));`;
}

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
		// And of yaml the modules that are no CommonJS: what of them is used is in the bundle, and starts in half of the time.
		alias: {
			'string-width': path.join(root, 'node_modules', 'string-width'),
			yaml: path.join(root, 'node_modules', 'yaml', 'browser', 'dist', 'index.js'),
		},
		plugins: [leftOut, quickStart, ...(splitting ? [ownModules] : [])],
		metafile: true,
		logLevel: 'warning',
	});
	return metafile;
}
