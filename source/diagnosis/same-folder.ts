/**
 * Whether two paths of a node name one folder, as far as their text tells. Distributions keep their programs in a folder of each
 * version and a link `current` to it (k3s and RKE2 data/current, snaps): the runtime's own file then has the one name, whoever looks
 * from outside the other.
 */
export function isSameFolder(one: string, other: string): boolean {
	const [first, second] = [segments(one), segments(other)];
	return (
		first.length === second.length &&
		first.every((segment, index) => segment === second[index] || segment === 'current' || second[index] === 'current') &&
		first.filter((segment, index) => segment !== second[index]).length <= 1
	);
}

/** Whether one of the folders is that one. */
export function includesFolder(folders: readonly string[], folder: string): boolean {
	return folders.some(each => isSameFolder(each, folder));
}

function segments(path: string): string[] {
	return path.split('/').filter(segment => segment !== '' && segment !== '.');
}
