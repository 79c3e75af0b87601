import {execFile} from 'node:child_process';
import {createHash} from 'node:crypto';
import {chmod, mkdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import {Readable} from 'node:stream';
import {buffer} from 'node:stream/consumers';
import {promisify} from 'node:util';
import {gunzipSync} from 'node:zlib';
import tar from 'tar-stream';
import runtimes from './runtimes.json' with {type: 'json'};

const run = promisify(execFile);

/** Why no executable could be made, and what to do: two lines. */
export class PackageError extends Error {}

/** The package of a runtime, and the one version that is taken. */
export function runtimePackage(runtime: string): {readonly name: string; readonly version: string; readonly integrity: string} {
	const name = `@oven/bun-${runtime}`;
	const integrity = (runtimes.integrity as Readonly<Record<string, string>>)[name];
	if (integrity === undefined) throw new PackageError(`no runtime ${name} is pinned\nAdd its checksum to scripts/package/runtimes.json.`);
	return {name, version: runtimes.version, integrity};
}

/**
 * Fetches a runtime from the npm registry that npm is set to use, and gives the path of its executable in a folder of its own.
 * @throws PackageError where it cannot be had, or is not the one that is pinned
 */
export async function fetchRuntime(runtime: string, folder: string): Promise<string> {
	const {name, version, integrity} = runtimePackage(runtime);
	const target = path.join(folder, runtime);
	await mkdir(target, {recursive: true});
	let packed: Buffer;
	try {
		const {stdout} = await run('npm', ['pack', '--json', '--prefer-offline', '--pack-destination', target, `${name}@${version}`], {
			shell: process.platform === 'win32',
			timeout: 600_000,
			maxBuffer: 4 * 2 ** 20,
		});
		const [{filename}] = JSON.parse(stdout) as [{filename: string}];
		packed = await readFile(path.join(target, filename));
	} catch (error) {
		const said = error instanceof Error ? error.message : String(error);
		throw new PackageError(
			`could not fetch the runtime ${name}@${version}: ${said.slice(0, 1000)}\nCheck the network and the registry of npm, then run it again.`,
			{cause: error},
		);
	}

	const seen = `sha512-${createHash('sha512').update(packed).digest('base64')}`;
	if (seen !== integrity) {
		throw new PackageError(
			`the runtime ${name}@${version} is not the one that is pinned: ${seen}\nDo not use it. scripts/package/runtimes.json has ${integrity}.`,
		);
	}

	for await (const entry of Readable.from([gunzipSync(packed)]).pipe(tar.extract())) {
		const file = /^package\/bin\/(bun(?:\.exe)?)$/u.exec(entry.header.name)?.[1];
		if (file === undefined) {
			entry.resume();
			continue;
		}

		const program = path.join(target, file);
		await writeFile(program, await buffer(entry));
		await chmod(program, 0o755);
		return program;
	}

	throw new PackageError(`${name}@${version} holds no bin/bun\nLook for what has become of it, and mend scripts/package/compile.ts.`);
}

/**
 * Compiles the bundle into an executable. Without the last two options it would read `bunfig.toml` and `.env` of the folder it is started in:
 * a `preload` there is foreign code in our process.
 */
export async function compile(
	compiler: string,
	{
		bundle,
		runtime,
		program,
		outfile,
	}: {readonly bundle: string; readonly runtime: string; readonly program: string; readonly outfile: string},
): Promise<void> {
	const words = [
		'build',
		'--compile',
		'--bytecode',
		'--format=esm',
		'--no-compile-autoload-bunfig',
		'--no-compile-autoload-dotenv',
		`--target=bun-${runtime.replace('aarch64', 'arm64')}`,
		`--compile-executable-path=${program}`,
		`--outfile=${outfile}`,
		path.basename(bundle),
	];
	await run(compiler, words, {cwd: path.dirname(bundle), timeout: 600_000, maxBuffer: 4 * 2 ** 20});
}
