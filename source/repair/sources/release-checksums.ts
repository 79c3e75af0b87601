/**
 * sha256 of official archives of containernetworking/plugins, `cni-plugins-linux-ARCHITECTURE-vVERSION.tgz`, by version and GOARCH name.
 *
 * Origin, read on 2026-11-27: 1.6.2, 1.7.1 and 1.8.0 as kubernetes-sigs/kubespray keeps them
 * (roles/kubespray_defaults/vars/main/checksums.yml at 118b2dce); the sums of amd64, and of arm64 for 1.6.2 and 1.7.1, are the
 * same in other projects that pin them (kubernetes/kops among them). 1.9.1 is not in kubespray yet: five other projects pin the
 * same two sums. Architectures of which fewer than that was found are omitted.
 */
const releaseChecksums: Readonly<Record<string, Readonly<Record<string, string>>>> = {
	'1.9.1': {
		amd64: 'b98f74a0f8522f0a83867178729c1aa70f2158f90c45a2ca8fa791db1c76b303',
		arm64: '56171987d3947707c3563db2f4001bccaf50fd63468611b9f3cbecb1375ee7ec',
	},
	'1.8.0': {
		amd64: 'ab3bda535f9d90766cccc90d3dddb5482003dd744d7f22bcf98186bf8eea8be6',
		arm64: '57ce466fc3b79db1f19b8f4c63e07a1112306efa53c94fe810a2150dd9e07ddb',
		arm: '7ed51af2ee5c7784c8b978b293ad1cf6c3022d7792a2e79197fb9cdc98f3f752',
		ppc64le: '63f762df723eb7dbee83e3751167ff1e18cf7b86ef5b48eb620c91af2def434a',
	},
	'1.7.1': {
		amd64: '1a28a0506bfe5bcdc981caf1a49eeab7e72da8321f1119b7be85f22621013098',
		arm64: '119fcb508d1ac2149e49a550752f9cd64d023a1d70e189b59c476e4d2bf7c497',
		arm: '1df4fa20a0fe279bda5a671d172911de2c1a81813bfe8fb0398b46fa9e49d0fb',
		ppc64le: '15a4070b20c4d6c8bc9b3db52d8303d0520ff7a89cd2e87a2fdf1e9b8dd69373',
	},
	'1.6.2': {
		amd64: 'b8e811578fb66023f90d2e238d80cec3bdfca4b44049af74c374d4fae0f9c090',
		arm64: '01e0e22acc7f7004e4588c1fe1871cc86d7ab562cd858e1761c4641d89ebfaa4',
		arm: 'ee31b0117206dc6242a0349443020025a71752d20d683c08caa70b32de179c4b',
		ppc64le: '66dcb90886a039e919904f2fb761b88e03dedd25fb718196855432771eaaa325',
	},
};

/** GOARCH names for which the sum of a version's archive is known here. */
export const releaseArchitectures = (version: string): readonly string[] => Object.keys(releaseChecksums[version.replace(/^v/, '')] ?? {});

/** The sum that an archive of this name must have, whatever mirror it comes from; undefined where it is not known here. */
export function releaseChecksum(archiveName: string): string | undefined {
	const [, architecture = '', version = ''] = /^cni-plugins-linux-([a-z0-9]+)-v(\d+\.\d+\.\d+)\.tgz$/.exec(archiveName) ?? [];
	return releaseChecksums[version]?.[architecture];
}
