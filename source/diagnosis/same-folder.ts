import {posix} from 'node:path';

/** Paths that were found to lead to a folder that was looked at, by a link or a mount: `same-folder:/usr/libexec/cni` is `yes`. */
type Facts = Readonly<Record<string, string>>;

/**
 * Whether a path names a folder, as far as the text of both tells, or the node itself does of a folder that was looked at: there its own
 * name is in the facts too and says nothing of the other. Distributions keep their programs in a folder of each version and a link
 * `current` to it (k3s and RKE2 data/current, snaps): the runtime's own file then has the one name, whoever looks from outside the other.
 */
export function isSameFolder(path: string, looked: string, facts: Facts = {}): boolean {
	if (facts[`same-folder:${path}`] === 'yes') return true;
	const [first, second] = [segments(path), segments(looked)];
	return (
		first.length === second.length &&
		first.every((segment, index) => segment === second[index] || segment === 'current' || second[index] === 'current') &&
		first.filter((segment, index) => segment !== second[index]).length <= 1
	);
}

/** Whether one of the paths names that folder. */
export function includesFolder(paths: readonly string[], looked: string, facts: Facts = {}): boolean {
	return paths.some(path => isSameFolder(path, looked, facts));
}

/** Of the folder that a path names; `/var/run` is a link to `/run` (Filesystem Hierarchy Standard 3.0, 5.13). */
function segments(path: string): string[] {
	return posix
		.normalize(path)
		.replace(/^\/+var\/run(?=\/|$)/, '/run')
		.split('/')
		.filter(segment => segment !== '' && segment !== '.');
}
