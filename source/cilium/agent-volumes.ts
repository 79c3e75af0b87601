/** Where the agents install CNI binaries on the node, by the volume's name in Cilium's chart of every version; undefined where none bears it. */
export function installFolderOf(volumes: ReadonlyArray<{readonly volume: string; readonly host: string}> = []): string | undefined {
	return volumes.find(({volume}) => volume === 'cni-path')?.host;
}

/** Where the agents write the CNI file on the node, likewise. */
export function configurationFolderOf(volumes: ReadonlyArray<{readonly volume: string; readonly host: string}> = []): string | undefined {
	return volumes.find(({volume}) => volume === 'etc-cni-netd')?.host;
}
