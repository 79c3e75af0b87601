import {isVersion} from '../../cilium/version.ts';

/** The module's path as Go's build information has it, with its version behind it (cmd/go, `go version -m`). */
const moduleLine = 'github.com/containernetworking/cni\tv';
const library = 'containernetworking/cni/pkg/';
/** The package of CNI 1.0's types, whose functions a stripped program still names. */
const typesOfOne = 'containernetworking/cni/pkg/types/100';

/** The newest CNI version by that of the library: since its 1.2 and 1.0 (containernetworking/cni, pkg/version); before, 0.4.0 at most. */
const byLibrary = [
	{since: [1, 2], cniVersion: '1.1.0'},
	{since: [1, 0], cniVersion: '1.0.0'},
] as const;

/**
 * The newest version of the CNI specification that a plugin knows, told without running it; empty where its bytes do not tell, as of one
 * that is not built with Go or is packed.
 */
export function newestCniVersion(content: Buffer): string {
	const at = content.indexOf(moduleLine);
	const [, major, minor] =
		at === -1 ? [] : (/^(\d+)\.(\d+)\./.exec(content.toString('latin1', at + moduleLine.length, at + moduleLine.length + 16)) ?? []);
	if (major !== undefined) {
		const own = [Number(major), Number(minor)] as const;
		return byLibrary.find(({since}) => own[0] > since[0] || (own[0] === since[0] && own[1] >= since[1]))?.cniVersion ?? '0.4.0';
	}

	return content.includes(typesOfOne) ? '1.0.0' : content.includes(library) ? '0.4.0' : '';
}

/** The same of a release, by its number: before 1.0.0 they know 0.4.0 at most (containernetworking/plugins, go.mod); empty of later ones, which may know more. */
export const cniVersionOfRelease = (version: string): string => (version !== '' && isVersion(version, '<1.0.0') ? '0.4.0' : '');
