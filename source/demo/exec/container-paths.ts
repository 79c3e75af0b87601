import path from 'node:path';
import type {Container, PodSpec} from '../objects/kubernetes-types.ts';

/** Folders of this machine whose programs a command may name; every other absolute path belongs to the container. */
const programFolders = ['/bin', '/sbin', '/usr/bin', '/usr/sbin', '/dev'];

/**
 * How a command is carried from a container into the node's folder: words that are an absolute path, or `key=` before one,
 * are turned into the path below `nodeFolder` that the container's mount shows, so that nothing of this machine is read.
 * The program itself and the script after `-c` stay as they are.
 */
export function commandOnNode(command: readonly string[], spec: PodSpec, container: Container, nodeFolder: string): string[] {
	const mounts = hostPathMounts(spec, container);
	return command.map((word, index) => {
		if (index === 0 || command[index - 1] === '-c') return word;
		const [, key = '', place = ''] = /^([A-Za-z_][\w.-]*=)?(\/\S*)$/u.exec(word) ?? [];
		return place === '' ? word : key + placeOnNode(place, mounts, nodeFolder);
	});
}

type Mount = {readonly seen: string; readonly host: string};

function hostPathMounts({volumes = []}: PodSpec, {volumeMounts = []}: Container): Mount[] {
	return volumeMounts
		.flatMap(({name, mountPath}) => {
			const host = volumes.find(volume => volume.name === name)?.hostPath?.path;
			return host === undefined ? [] : [{seen: path.posix.normalize(mountPath).replace(/(.)\/$/u, '$1'), host}];
		})
		.sort((a, b) => b.seen.length - a.seen.length);
}

function placeOnNode(place: string, mounts: readonly Mount[], nodeFolder: string): string {
	// Normalised first: `..` must not lead out of the mount, nor out of the folder.
	const plain = path.posix.normalize(place);
	const mount = mounts.find(({seen}) => isBelow(plain, seen));
	if (mount) return path.join(nodeFolder, mount.host, plain.slice(mount.seen.length));
	if (programFolders.some(folder => isBelow(plain, folder))) return place;
	return path.join(nodeFolder, 'container', plain);
}

const isBelow = (place: string, folder: string): boolean => place === folder || place.startsWith(folder === '/' ? '/' : `${folder}/`);
