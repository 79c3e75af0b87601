import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {mkdir, mkdtemp, readFile, rm, stat, writeFile} from 'node:fs/promises';
import http, {type IncomingMessage, type ServerResponse} from 'node:http';
import os from 'node:os';
import path from 'node:path';
import * as z from 'zod/mini';
import {run} from './processes.ts';

/** Blobs of the registry protocol by their digest: from memory, or from a file. */
type Blob = {readonly size: number; readonly content: Buffer | string};

export type ImageServer = {
	/** `10.88.0.1:5000` */
	readonly host: string;
	/** Requests for blobs and manifests that were answered, of whom: `GET cilium/manifests/v1 by puller`. */
	readonly log: readonly string[];
	/** Serves an image of an archive that mkimg wrote, without some of its files. Its reference comes back. */
	add(name: string, archive: string, without?: (file: string) => boolean): Promise<string>;
	close(): Promise<void>;
};

export const puller = {username: 'puller', password: 'right'} as const;

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const archived = z.array(z.object({Config: z.string(), Layers: z.array(z.string())}));
const imageConfig = z.looseObject({rootfs: z.object({type: z.string(), diff_ids: z.array(z.string())})});
const digestOf = (content: Buffer): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;

/**
 * A small image server (OCI distribution, what a runtime pulls by). Names that begin with `open/` are everybody's, all others want a
 * password: Basic, without TLS, so nodes have to know it (hosts.toml, test/cluster/real/node.sh).
 */
export async function startImageServer(address: string, port = 5000): Promise<ImageServer> {
	const folder = await mkdtemp(path.join(os.tmpdir(), 'hostport-images-'));
	const blobs = new Map<string, Blob>();
	const manifests = new Map<string, Buffer>();
	const log: string[] = [];
	const keep = (content: Buffer): {digest: string; size: number} => {
		const digest = digestOf(content);
		blobs.set(digest, {size: content.length, content});
		return {digest, size: content.length};
	};

	const server = http.createServer((request, response) => {
		answer(request, response, {blobs, manifests, log}).catch(() => response.destroy());
	});
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject).listen(port, address, resolve);
	});
	return {
		host: `${address}:${port}`,
		log,
		async add(name, archive, without) {
			const own = await mkdtemp(path.join(folder, 'image-'));
			await run('tar', ['-xf', archive, '-C', own], {timeoutSeconds: 120});
			const [image] = archived.parse(JSON.parse(await readFile(path.join(own, 'manifest.json'), 'utf8')));
			const [layer = ''] = image?.Layers ?? [];
			const file = path.join(own, layer);
			const digest = `sha256:${path.dirname(layer)}`;
			const {size} = await stat(file);
			blobs.set(digest, {size, content: file});
			const config = imageConfig.parse(JSON.parse(await readFile(path.join(own, image?.Config ?? ''), 'utf8')));
			const layers = [{digest, size}];
			if (without !== undefined) layers.push(keep(await whiteouts(file, without, own)));
			const diffIds = layers.map(each => each.digest);
			const described = keep(
				Buffer.from(
					JSON.stringify({...config, rootfs: {type: 'layers', diff_ids: diffIds}, history: diffIds.map(() => ({created_by: 'a test'}))}),
				),
			);
			const manifest = Buffer.from(
				JSON.stringify({
					schemaVersion: 2,
					mediaType: manifestType,
					config: {mediaType: 'application/vnd.oci.image.config.v1+json', ...described},
					layers: layers.map(each => ({mediaType: 'application/vnd.oci.image.layer.v1.tar', ...each})),
				}),
			);
			manifests.set(`${name}:v1`, manifest);
			manifests.set(`${name}:${digestOf(manifest)}`, manifest);
			return `${address}:${port}/${name}:v1`;
		},
		async close() {
			server.closeAllConnections();
			await new Promise(resolve => {
				server.close(resolve);
			});
			await rm(folder, {recursive: true, force: true});
		},
	};
}

/** A layer that takes files away from the one below (OCI image layer, `.wh.` before the name). */
async function whiteouts(layer: string, without: (file: string) => boolean, folder: string): Promise<Buffer> {
	const names = (await run('tar', ['-tf', layer], {timeoutSeconds: 120})).split('\n').map(name => name.replace(/^\.\//u, ''));
	const root = path.join(folder, 'whiteouts');
	await mkdir(root);
	for (const name of names.filter(each => !each.endsWith('/') && without(each))) {
		const mark = path.join(root, path.dirname(name), `.wh.${path.basename(name)}`);
		await mkdir(path.dirname(mark), {recursive: true});
		await writeFile(mark, '');
	}

	await run('tar', ['-cf', `${root}.tar`, '-C', root, '.'], {timeoutSeconds: 60});
	return readFile(`${root}.tar`);
}

type Served = {readonly blobs: ReadonlyMap<string, Blob>; readonly manifests: ReadonlyMap<string, Buffer>; readonly log: string[]};

async function answer(
	{url = '', method = '', headers}: IncomingMessage,
	response: ServerResponse,
	{blobs, manifests, log}: Served,
): Promise<void> {
	const [, name = '', kind = '', reference = ''] = /^\/v2\/(?:(.+)\/(manifests|blobs)\/([^/?]+))?/u.exec(url) ?? [];
	const [username = '', password] = Buffer.from(headers.authorization?.replace(/^Basic /u, '') ?? '', 'base64')
		.toString()
		.split(':');
	const isKnown = username === puller.username && password === puller.password;
	if (!isKnown && !name.startsWith('open/')) {
		response.writeHead(401, {'www-authenticate': 'Basic realm="images of a test"'}).end();
		return;
	}

	const manifest = kind === 'manifests' ? manifests.get(`${name}:${reference}`) : undefined;
	const blob = kind === 'blobs' ? blobs.get(reference) : undefined;
	if (name === '') response.writeHead(200).end('{}');
	else if (manifest !== undefined) {
		log.push(`${method} ${name}/manifests/${reference} by ${username || 'nobody'}`);
		response.writeHead(200, {'content-type': manifestType, 'content-length': manifest.length, 'docker-content-digest': digestOf(manifest)});
		response.end(method === 'HEAD' ? undefined : manifest);
	} else if (blob !== undefined) {
		log.push(`${method} ${name}/blobs/${reference} by ${username || 'nobody'}`);
		response.writeHead(200, {'content-type': 'application/octet-stream', 'content-length': blob.size, 'docker-content-digest': reference});
		if (method === 'HEAD') response.end();
		else if (typeof blob.content === 'string') createReadStream(blob.content).pipe(response);
		else response.end(blob.content);
	} else response.writeHead(404).end();
	await Promise.resolve();
}
