/** Paths that were found to lead to a folder that was looked at, by a link or a mount: `same-folder:/usr/libexec/cni` is `yes`. */
type Facts = Readonly<Record<string, string>>;

/**
 * Whether two paths of a node name one folder, as far as their text tells, or the node itself does. Distributions keep their programs in a folder of each
 * version and a link `current` to it (k3s and RKE2 data/current, snaps): the runtime's own file then has the one name, whoever looks
 * from outside the other.
 */
export function isSameFolder(one: string, other: string, facts: Facts = {}): boolean {
	if (facts[`same-folder:${one}`] === 'yes' || facts[`same-folder:${other}`] === 'yes') return true;
	const [first, second] = [segments(one), segments(other)];
	return (
		first.length === second.length &&
		first.every((segment, index) => segment === second[index] || segment === 'current' || second[index] === 'current') &&
		first.filter((segment, index) => segment !== second[index]).length <= 1
	);
}

/** Whether one of the folders is that one. */
export function includesFolder(folders: readonly string[], folder: string, facts: Facts = {}): boolean {
	return folders.some(each => isSameFolder(each, folder, facts));
}

function segments(path: string): string[] {
	return path.split('/').filter(segment => segment !== '' && segment !== '.');
}
