/**
 * Versions of the CNI specification that a plugin says it knows, by its answer to CNI_COMMAND=VERSION; empty where the answer names none.
 */
export function supportedVersions(answer: string): readonly string[] {
	const list = /"supportedVersions"\s*:\s*\[([^\]]*)\]/.exec(answer)?.[1] ?? '';
	return [...list.matchAll(/"([^"]+)"/g)].map(([, version]) => version ?? '');
}

/**
 * Those of some versions with which a plugin refuses to be called, on ADD, CHECK and DEL alike: it takes exactly those that it names
 * (containernetworking/cni, pkg/version/reconcile.go). Empty where its answer names none: then nothing is known.
 */
export function refusedVersions(answer: string, asked: readonly string[]): readonly string[] {
	const supported = supportedVersions(answer);
	return supported.length === 0 ? [] : asked.filter(version => !supported.includes(version));
}
