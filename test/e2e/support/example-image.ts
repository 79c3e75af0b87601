import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {chmod, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {pipeline} from 'node:stream/promises';
import {inject} from 'vitest';
import type {ImageServer} from './image-server.ts';
import {run} from './processes.ts';
import {root} from './tested-cluster.ts';

type Image = {
	/** Programs of this machine by their paths in the image; the libraries that they need come along. */
	readonly programs: Readonly<Record<string, string>>;
	/** Other files and folders, the same way. */
	readonly files?: Readonly<Record<string, string>>;
	/** Of an OCI image's configuration. */
	readonly config: object;
};

/** What stands in for `FROM debian:12-slim`: this machine is a Debian 12, and these are its files. */
const base = {'/bin/sh': '/bin/sh'};

/** The image of `examples/in-cluster/Dockerfile`, by each of its instructions; of its base only the shell. Its reference comes back. */
export async function serveExampleImage(server: ImageServer): Promise<string> {
	const dockerfile = await readFile(path.join(root, 'examples/in-cluster/Dockerfile'), 'utf8');
	const of = (instruction: string): string => new RegExp(`^${instruction} (.*)$`, 'mu').exec(dockerfile)?.[1] ?? '';
	const [, from = '', to = ''] = /^--chmod=0755 (\S+) (\S+)$/u.exec(of('COPY')) ?? [];
	if (from !== 'kubectl-hostport' || of('FROM') !== 'debian:12-slim') throw new Error('the Dockerfile says something else by now');
	const config = {
		User: of('USER'),
		Env: ['PATH=/usr/local/bin:/usr/bin:/bin', of('ENV')],
		Entrypoint: JSON.parse(of('ENTRYPOINT')) as string[],
		Cmd: JSON.parse(of('CMD')) as string[],
	};
	const program = inject('program');
	if (!program.endsWith('.mjs')) return serve(server, 'open/hostport', {programs: {...base, [to]: program}, config});
	// Without an executable at hand Node runs the bundle, by a script of the executable's name.
	const folder = await mkdtemp(path.join(os.tmpdir(), 'hostport-start-'));
	try {
		const script = path.join(folder, 'start');
		await writeFile(script, '#!/bin/sh\nexec node /opt/hostport/kubectl-hostport.mjs "$@"\n');
		const programs = {...base, '/usr/local/bin/node': process.execPath, [to]: script};
		return await serve(server, 'open/hostport', {programs, files: {'/opt/hostport': path.dirname(program)}, config});
	} finally {
		await rm(folder, {recursive: true});
	}
}

/** An image that is curl, as `curlimages/curl` is. */
export const serveCurl = async (server: ImageServer): Promise<string> =>
	serve(server, 'open/curl', {programs: {'/usr/bin/curl': '/usr/bin/curl'}, config: {Entrypoint: ['/usr/bin/curl']}});

async function serve(server: ImageServer, name: string, {programs, files = {}, config}: Image): Promise<string> {
	const folder = await mkdtemp(path.join(os.tmpdir(), 'hostport-image-'));
	const tree = path.join(folder, 'root');
	const put = async (from: string, to: string): Promise<void> => {
		await mkdir(path.join(tree, path.dirname(to)), {recursive: true});
		await cp(from, path.join(tree, to), {recursive: true, dereference: true});
	};
	try {
		await mkdir(path.join(tree, 'tmp'), {recursive: true});
		for (const [to, from] of Object.entries(files)) await put(from, to);
		for (const [to, from] of Object.entries(programs)) {
			await put(from, to);
			await chmod(path.join(tree, to), 0o755);
			for (const library of await librariesOf(from)) await put(library, library);
		}

		return await server.add(name, await archived(folder, config));
	} finally {
		await rm(folder, {recursive: true});
	}
}

/** None of a script or of what is linked with nothing. */
async function librariesOf(program: string): Promise<readonly string[]> {
	const said = await run('ldd', [program], {timeoutSeconds: 20}).catch(() => '');
	return said.split('\n').flatMap(line => /(?:=> |^\t)(\/\S+)/u.exec(line)?.[1] ?? []);
}

/** The folder `root` as an image archive such as mkimg writes. */
async function archived(folder: string, config: object): Promise<string> {
	const layer = path.join(folder, 'layer.tar');
	// The program under test lies in a folder of its own user's alone; an image's user is another one.
	await run('tar', ['--owner=0', '--group=0', '--mode=a+rX', '-cf', layer, '-C', path.join(folder, 'root'), '.'], {timeoutSeconds: 120});
	const hash = createHash('sha256');
	await pipeline(createReadStream(layer), hash);
	const digest = hash.digest('hex');
	await mkdir(path.join(folder, digest));
	await rename(layer, path.join(folder, digest, 'layer.tar'));
	const diffIds = [`sha256:${digest}`];
	const image = {
		architecture: 'amd64',
		os: 'linux',
		config,
		rootfs: {type: 'layers', diff_ids: diffIds},
		history: [{created_by: 'a test'}],
	};
	await writeFile(path.join(folder, 'config.json'), JSON.stringify(image));
	await writeFile(path.join(folder, 'manifest.json'), JSON.stringify([{Config: 'config.json', Layers: [`${digest}/layer.tar`]}]));
	const archive = path.join(folder, 'image.tar');
	await run('tar', ['-cf', archive, '-C', folder, 'manifest.json', 'config.json', digest], {timeoutSeconds: 120});
	return archive;
}
