/** One executable that is made: for whom, and of which runtime. */
export type Target = {
	/** As the archive is named: `linux-amd64`. */
	readonly name: string;
	/** Bun's own word for it, `--target=bun-linux-x64`; its runtime is the package `@oven/bun-linux-x64`. */
	readonly runtime: string;
	/** As krew tells platforms apart; undefined where it cannot: it knows no libc. */
	readonly krew?: {readonly os: 'linux' | 'darwin' | 'windows'; readonly arch: 'amd64' | 'arm64'};
};

/** All that `npm run package` makes, in the order of the release form. */
export const targets: readonly Target[] = [
	{name: 'linux-amd64', runtime: 'linux-x64', krew: {os: 'linux', arch: 'amd64'}},
	{name: 'linux-arm64', runtime: 'linux-aarch64', krew: {os: 'linux', arch: 'arm64'}},
	{name: 'linux-amd64-musl', runtime: 'linux-x64-musl'},
	{name: 'linux-arm64-musl', runtime: 'linux-aarch64-musl'},
	{name: 'darwin-amd64', runtime: 'darwin-x64', krew: {os: 'darwin', arch: 'amd64'}},
	{name: 'darwin-arm64', runtime: 'darwin-aarch64', krew: {os: 'darwin', arch: 'arm64'}},
	{name: 'windows-amd64', runtime: 'windows-x64', krew: {os: 'windows', arch: 'amd64'}},
	{name: 'windows-arm64', runtime: 'windows-aarch64', krew: {os: 'windows', arch: 'arm64'}},
];

export const isWindows = ({runtime}: Target): boolean => runtime.startsWith('windows-');

/** What the executable is called in its archive; krew links nothing on Windows that does not end so. */
export const programOf = (target: Target): string => (isWindows(target) ? 'kubectl-hostport.exe' : 'kubectl-hostport');

export const archiveOf = (target: Target, version: string): string =>
	`kubectl-hostport-v${version}-${target.name}.${isWindows(target) ? 'zip' : 'tar.gz'}`;

/** The runtime of this machine, in Bun's word: it is what compiles. */
export function hostRuntime(): string {
	const os = process.platform === 'win32' ? 'windows' : process.platform;
	const arch = process.arch === 'arm64' ? 'aarch64' : process.arch;
	const report = process.report.getReport() as {header: {glibcVersionRuntime?: string}};
	return `${os}-${arch}${os === 'linux' && report.header.glibcVersionRuntime === undefined ? '-musl' : ''}`;
}
