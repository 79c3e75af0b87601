import {archiveOf, type Target} from './targets.ts';

/** In the words of Homebrew: blocks by system, in them by processor. */
const systems = {darwin: 'on_macos', linux: 'on_linux'} as const;
const processors = {amd64: 'on_intel', arm64: 'on_arm'} as const;

/** The package as a formula describes it. */
export type Described = {readonly version: string; readonly description: string; readonly homepage: string; readonly license: string};

/** The formula of a release, `kubectl-hostport.rb`: what was built for macOS and Linux with glibc, by its checksums. */
export function homebrewFormula({version, description, homepage, license}: Described, built: ReadonlyMap<Target, string>): string {
	const blocks = Object.entries(systems).flatMap(([os, block]) => {
		const files = [...built].flatMap(([target, sha256]) => (target.krew?.os === os ? [{target, sha256, arch: target.krew.arch}] : []));
		const inner = files.map(({target, sha256, arch}) => [
			`    ${processors[arch]} do`,
			`      url "${homepage}/releases/download/v${version}/${archiveOf(target, version)}"`,
			`      sha256 "${sha256}"`,
			'    end',
		]);
		return files.length === 0 ? [] : [[`  ${block} do`, ...inner.flat(), '  end'].join('\n')];
	});
	return `${[
		`class KubectlHostport < Formula\n  desc "${description}"\n  homepage "${homepage}"\n  version "${version}"\n  license "${license}"`,
		...blocks,
		[
			'  def install',
			'    bin.install "kubectl-hostport"',
			'    bin.install_symlink bin/"kubectl-hostport" => "kubectl_complete-hostport"',
			'    generate_completions_from_executable(bin/"kubectl-hostport", "completion", shells: [:bash, :zsh, :fish])',
			'  end',
		].join('\n'),
		[
			'  test do',
			'    assert_match version.to_s, shell_output("#{bin}/kubectl-hostport --version")',
			'    assert_match "HP02", shell_output("#{bin}/kubectl-hostport explain HP02")',
			'  end',
		].join('\n'),
	].join('\n\n')}\nend\n`;
}
