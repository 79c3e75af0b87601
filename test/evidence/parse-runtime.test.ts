import {describe, expect, test} from 'vitest';
import {parseRuntime, runtimeErrors} from '../../source/evidence/parse-runtime.ts';

type Files = Readonly<Record<string, string>>;
const records = (files: Files): Array<{key: string; value: string}> =>
	Object.entries(files).map(([name, text]) => ({key: 'runtime', value: `${name}\n${text}`}));
const folders = (files: Files): [readonly string[], string] | null => {
	const seen = parseRuntime(records(files));
	return seen && [seen.binaryFolders, seen.configurationFolder];
};

const main = '/etc/containerd/config.toml';
const v2 = (lines: string): string => `version = 2\n[plugins."io.containerd.grpc.v1.cri".cni]\n${lines}\n`;
const v3 = (lines: string): string => `version = 3\n[plugins.'io.containerd.cri.v1.runtime'.cni]\n${lines}\n`;
const verifier = `[plugins.'io.containerd.image-verifier.v1.bindir']\nbin_dir = '/opt/containerd/image-verifier/bin'\n`;
const opt = '/opt/cni/bin';
const etc = '/etc/cni/net.d';

describe('CNI folders by the configuration of a runtime', () => {
	test.each<[string, Files, ReturnType<typeof folders>]>([
		[
			'containerd 2.2, config default',
			{[main]: `${v3(`bin_dir = ''\nbin_dirs = ['${opt}']\nconf_dir = '${etc}'`)}${verifier}`},
			[[opt], etc],
		],
		[
			'two folders',
			{[main]: `${verifier.replace('[', 'version = 3\n[')}${v3(`bin_dirs = ['/usr/libexec/cni', '${opt}']`).replace('version = 3\n', '')}`},
			[['/usr/libexec/cni', opt], etc],
		],
		['an empty bin_dirs and an old name that is set', {[main]: v3(`bin_dirs = []\nbin_dir = '/usr/lib/cni/'`)}, [['/usr/lib/cni'], etc]],
		['bin_dirs goes first', {[main]: v3(`bin_dir = '/old'\nbin_dirs = ['/new']`)}, [['/new'], etc]],
		['nothing but the image verifier', {[main]: `version = 3\n${verifier}`}, [[opt], etc]],
		['version 4', {[main]: v3(`bin_dirs = ['/four']`).replace('3', '4')}, [['/four'], etc]],
		['version 1', {[main]: `[plugins.cri.cni]\nbin_dir = "/one"\nconf_dir = "/etc/one"\n`}, [['/one'], '/etc/one']],
		[
			'version 1, table within table',
			{[main]: `[plugins]\n  [plugins.cri]\n    [plugins.cri.cni]\n      bin_dir = "/one"\n`},
			[['/one'], etc],
		],
		['dotted keys', {[main]: `version = 2\nplugins."io.containerd.grpc.v1.cri".cni.bin_dir = "/dotted"\n`}, [['/dotted'], etc]],
		[
			'an inline table',
			{[main]: `version = 2\n[plugins."io.containerd.grpc.v1.cri"]\ncni = {bin_dir = "/inline", conf_dir = "/etc/inline"}\n`},
			[['/inline'], '/etc/inline'],
		],
		['a table of another version is ignored', {[main]: `${v2(`bin_dir = "/two"`)}[plugins.cri.cni]\nbin_dir = "/one"\n`}, [['/two'], etc]],
		['version 2 with the table of version 3', {[main]: v3(`bin_dirs = ['/three']`).replace('3', '2')}, [[opt], etc]],
		[
			'no version and the table of version 3, as 2.x reads it',
			{[main]: v3(`bin_dirs = ['/three']`).replace('version = 3\n', '')},
			[['/three'], etc],
		],
		[
			'a runtime class has a folder of its own',
			{[main]: `${v3('')}[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.kata]\ncni_conf_dir = '/etc/kata'\n`},
			[[opt], etc],
		],
		['a word in a comment or a string', {[main]: v3(`# bin_dirs = ['/comment']\nconf_template = "bin_dir = '/string'"`)}, [[opt], etc]],
		[
			'K3s and RKE2',
			{
				'/var/lib/rancher/k3s/agent/etc/containerd/config.toml': `imports = ["config-v3.toml.d/*.toml"]\n${v3(`bin_dirs = ["/var/lib/rancher/k3s/data/cni"]\nconf_dir = "/var/lib/rancher/k3s/agent/etc/cni/net.d"`)}`,
			},
			[['/var/lib/rancher/k3s/data/cni'], '/var/lib/rancher/k3s/agent/etc/cni/net.d'],
		],
		[
			'K3s without flannel',
			{
				'/var/lib/rancher/k3s/agent/etc/containerd/config.toml': `version = 2\n[plugins."io.containerd.grpc.v1.cri"]\nstream_server_port = "10010"\n`,
			},
			[[opt], etc],
		],
		[
			'k0s',
			{
				'/etc/k0s/containerd.toml': `version = 2\nimports = ["/run/k0s/containerd-cri.toml"]\n`,
				'/run/k0s/containerd-cri.toml': v2(`bin_dir = "${opt}"\nconf_dir = "${etc}"`),
			},
			[[opt], etc],
		],
		[
			'MicroK8s',
			{
				'/var/snap/microk8s/current/args/containerd.toml': `version = 2\noom_score = 0\n[plugins."io.containerd.grpc.v1.cri"]\n[plugins."io.containerd.grpc.v1.cri".cni]\nbin_dir = "/var/snap/microk8s/7231/opt/cni/bin"\nconf_dir = "/var/snap/microk8s/7231/args/cni-network"\n`,
			},
			[['/var/snap/microk8s/7231/opt/cni/bin'], '/var/snap/microk8s/7231/args/cni-network'],
		],
		[
			'Talos',
			{
				'/etc/cri/containerd.toml': `version = 3\ndisabled_plugins = ["io.containerd.nri.v1.nri"]\nimports = ["/etc/cri/conf.d/cri.toml"]\n`,
				'/etc/cri/conf.d/cri.toml': `version = 3\n[plugins]\n[plugins."io.containerd.cri.v1.runtime"]\n[plugins."io.containerd.cri.v1.runtime".containerd]\ndiscard_unpacked_layers = true\n`,
			},
			[[opt], etc],
		],
		['Bottlerocket and EKS', {[main]: v2(`bin_dir = "${opt}"\nconf_dir = "${etc}"`)}, [[opt], etc]],
		['GKE', {[main]: v2(`bin_dir = "/home/kubernetes/bin"\nconf_dir = "${etc}"\nconf_template = ""`)}, [['/home/kubernetes/bin'], etc]],
		[
			'kind',
			{[main]: `version = 2\n[plugins."io.containerd.grpc.v1.cri".containerd]\nsnapshotter = "overlayfs"\n[proxy_plugins]\n`},
			[[opt], etc],
		],
		['Debian', {[main]: v2(`bin_dir = "/usr/lib/cni"\nconf_dir = "${etc}"`)}, [['/usr/lib/cni'], etc]],
		[
			'an import wins with what it names',
			{[main]: v3(`bin_dirs = ['/a']\nconf_dir = '/etc/a'`), '/etc/containerd/conf.d/1.toml': v2(`bin_dir = '/b'`)},
			[['/b'], '/etc/a'],
		],
		[
			'an empty one names nothing',
			{[main]: v3(`bin_dirs = ['/a']`), '/etc/containerd/conf.d/1.toml': v3(`bin_dirs = []\nbin_dir = ''\nconf_dir = ''`)},
			[['/a'], etc],
		],
		[
			'an import without a version is of that of the file before it',
			{[main]: v2(''), '/etc/containerd/conf.d/1.toml': v2(`bin_dir = '/b'`).replace('version = 2\n', '')},
			[['/b'], etc],
		],
		[
			'the containerd of Docker, which has no CRI',
			{[main]: `disabled_plugins = ["cri"]\n`, '/etc/k0s/containerd.toml': v2(`bin_dir = '/k0s'`)},
			[['/k0s'], etc],
		],
		[
			'CRI-O',
			{
				'/etc/crio/crio.conf': `[crio.network]\nnetwork_dir = "/etc/kubernetes/cni/net.d"\nplugin_dirs = [\n\t"/var/lib/cni/bin",\n\t"/usr/libexec/cni",\n]\n`,
			},
			[['/var/lib/cni/bin', '/usr/libexec/cni'], '/etc/kubernetes/cni/net.d'],
		],
		[
			'drop-ins of CRI-O',
			{
				'/etc/crio/crio.conf': `[crio.network]\nnetwork_dir = "${etc}"\nplugin_dirs = ["/a"]\n`,
				'/etc/crio/crio.conf.d/01': `[crio.runtime]\nbin_dir = "/none"\n`,
				'/etc/crio/crio.conf.d/02': `[crio.network]\nplugin_dir = "/b/"\n`,
			},
			[['/b'], etc],
		],
	])('%s', (_, files, expected) => expect(folders(files)).toEqual(expected));

	test.each<[string, Files]>([
		['no file', {}],
		['Docker alone', {[main]: `disabled_plugins = ["io.containerd.grpc.v1.cri"]\n`}],
		[
			'CRI-O that leaves it to its own default, which distributions build in',
			{'/etc/crio/crio.conf': `[crio.runtime]\nlog_level = "info"\n`},
		],
		['a file that cannot be understood', {[main]: `version = 3\n[plugins`}],
	])('unknown: %s', (_, files) => expect(folders(files)).toBeNull());

	test('what cannot be understood is told by name, and no default stands in for what it may say', () => {
		const files = {[main]: v3(`conf_dir = '/etc/a'`), '/etc/containerd/conf.d/1.toml': `bin_dirs = [`};
		expect(folders(files)).toEqual([[], '/etc/a']);
		expect(runtimeErrors(records(files))).toEqual([
			expect.stringMatching(/^configuration of the runtime, \/etc\/containerd\/conf\.d\/1\.toml: ./u),
		]);
		expect(runtimeErrors(records({[main]: v3('')}))).toEqual([]);
	});

	test('the source is the file that names the folder of binaries', () => {
		const files = {[main]: v3(`conf_dir = '/etc/a'`), '/etc/containerd/conf.d/1.toml': v3(`bin_dirs = ['/b']`), '/x.toml': v3('')};
		expect(parseRuntime(records(files))?.source).toBe('/etc/containerd/conf.d/1.toml');
	});

	test('foreign text is made printable', () => {
		expect(folders({[main]: v3(`bin_dirs = ["/a\\u001b[31m\\u202e"]`)})).toEqual([['/a'], etc]);
	});
});

test('the network that CRI-O is told to use, by the last file that says so', () => {
	const network = (...files: string[]): string | undefined =>
		parseRuntime(
			records(Object.fromEntries(files.map((text, index) => [`/etc/crio/crio.conf.d/${index}.conf`, `[crio.network]\n${text}\n`]))),
		)?.network;
	const folder = 'network_dir = "/etc/kubernetes/cni/net.d/"';
	expect(network(folder)).toBeUndefined();
	expect(network(`${folder}\ncni_default_network = "multus-cni-network"`)).toBe('multus-cni-network');
	expect(network(folder, 'cni_default_network = "multus-cni-network"')).toBe('multus-cni-network');
	expect(network(folder, 'cni_default_network = "one"', 'cni_default_network = ""')).toBeUndefined();
	expect(network('cni_default_network = "crio"')).toBe('crio');
	expect(network('cni_default_network = 7')).toBeUndefined();
});
