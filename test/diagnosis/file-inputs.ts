/** CNI files as people leave them on nodes: other networks', damaged ones, and those of two plugins that share a folder. */
import type {Evidence} from '../../source/evidence/evidence.ts';
import {configurationFile} from './builders.ts';
import {list, portmap, withFiles, withPlugins, withRules, withSettings, type ReportedInput} from './reported-inputs.ts';
import {pathlessEvidence, writtenFile} from './scenes.ts';

const text = list().content;
const dead = withRules(portmap, []);
const shared = (base: Evidence): Evidence => withSettings(base, {'cni-exclusive': 'false'});
const mapping = {type: 'portmap', capabilities: {portMappings: true}};
const of = (name: string, plugins: object[], network = 'portmap'): ReturnType<typeof configurationFile> =>
	configurationFile(name, {cniVersion: '0.3.1', name: network, plugins});
/** Cilium's own file, with this content in place of what the agent wrote. */
const spoilt = (content: string): (() => Evidence) => {
	return () => withFiles(dead, configurationFile('05-cilium.conflist', content));
};

export const fileInputs: readonly ReportedInput[] = [
	// --- Cilium's own file, damaged: the agent writes it again
	{
		name: 'a byte order mark before Cilium’s own list',
		report: 'containernetworking/cni: libcni/conf.go',
		make: spoilt(`\u{FEFF}${text}`),
		first: 'HP05 error',
		verdict: 'broken',
		says: /\nRestart the agent pods there: they write 05-cilium\.conflist again/u,
	},
	{
		name: 'a comma too many in Cilium’s own list',
		report: 'containernetworking/cni: libcni/conf.go',
		make: spoilt(text.replace('"portMappings": true\n', '"portMappings": true,\n')),
		first: 'HP05 error',
		verdict: 'broken',
		says: /\nRestart the agent pods there/u,
	},
	{
		name: 'a comment of a configuration tool in Cilium’s own list',
		report: 'containernetworking/cni: libcni/conf.go',
		make: spoilt(`// managed by ansible\n${text}`),
		first: 'HP05 error',
		verdict: 'broken',
		says: /\nRestart the agent pods there/u,
	},
	{
		name: 'the same under custom-cni-conf, where no agent writes it',
		report: '',
		twin: true,
		make: () =>
			withFiles(withSettings(dead, {'custom-cni-conf': 'true'}), configurationFile('05-cilium.conflist', `// managed by ansible\n${text}`)),
		first: 'HP05 error',
		verdict: 'broken',
		says: /\nRepair or move away 05-cilium\.conflist/u,
	},
	{
		name: 'line ends of Windows in Cilium’s own list',
		report: '',
		twin: true,
		make: () => withFiles(portmap, configurationFile('05-cilium.conflist', text.replaceAll('\n', '\r\n'))),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'a list that begins and ends nowhere, before Cilium’s',
		report: 'containerd/go-cni: opts.go',
		make: () => withFiles(portmap, configurationFile('01-old.conflist', '{'), list()),
		first: 'HP05 error',
		verdict: 'broken',
		says: /\nRepair or move away 01-old\.conflist/u,
	},
	// --- what does not count
	{
		name: 'a list of Calico that Cilium renamed',
		report: '',
		twin: true,
		make: () => withFiles(portmap, list(), of('10-calico.conflist.cilium_bak', [{type: 'calico'}, mapping], 'k8s-pod-network')),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'a copy of an editor beside Cilium’s list',
		report: '',
		twin: true,
		make: () => withFiles(portmap, configurationFile('05-cilium.conflist.bak', '{}'), configurationFile('00-x.CONFLIST', '{'), list()),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'containerd’s own example behind Cilium’s list',
		report: '',
		twin: true,
		make: () =>
			withFiles(
				portmap,
				list(),
				of('10-containerd-net.conflist', [{type: 'bridge', ipam: {type: 'host-local'}}, mapping], 'containerd-net'),
			),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'istio-cni’s own file behind Cilium’s list',
		report: '',
		twin: true,
		make: () =>
			withFiles(
				shared(portmap),
				list(),
				configurationFile('YYY-istio-cni.conf', {cniVersion: '0.3.1', name: 'istio-cni', type: 'istio-cni'}),
			),
		first: 'HP22 info',
		verdict: 'ok',
	},
	// --- others in front
	{
		name: 'flannel’s list in front, with portmap in it already',
		report: 'k3s-io/k3s#10869',
		make: () =>
			withFiles(
				shared(withPlugins(dead, 'flannel', 'bridge', 'host-local')),
				of('00-flannel.conflist', [{type: 'flannel', delegate: {hairpinMode: true}}, mapping], 'cbr0'),
				list(),
			),
		first: 'HP05 warning',
		verdict: 'unknown',
		says: /If it is no longer needed, move it away\. A change/u,
	},
	{
		name: 'Kube-OVN’s list in front, without portmap',
		report: 'kubeovn/kube-ovn: docs/advanced/with-cilium',
		make: () => withFiles(shared(withPlugins(dead, 'kube-ovn')), of('01-kube-ovn.conflist', [{type: 'kube-ovn'}], 'kube-ovn'), list()),
		first: 'HP05 error',
		verdict: 'broken',
		says: /otherwise add portmap to it at its source/u,
	},
	{
		name: 'linkerd-cni that found no list and wrote its own',
		report: 'linkerd/linkerd2#10738',
		make: () =>
			withFiles(
				shared(withPlugins(dead, 'linkerd-cni')),
				configurationFile('01-linkerd-cni.conf', {cniVersion: '0.3.0', name: 'linkerd-cni', type: 'linkerd-cni'}),
				list(),
			),
		first: 'HP05 error',
		verdict: 'broken',
	},
	{
		name: 'Multus in front hands Cilium’s list over, with portmap',
		report: '',
		twin: true,
		make: () =>
			withFiles(
				shared(withPlugins(portmap, 'multus-shim')),
				configurationFile('00-multus.conf', {
					cniVersion: '0.3.1',
					name: 'multus-cni-network',
					type: 'multus-shim',
					capabilities: {portMappings: true},
					clusterNetwork: '/host/etc/cni/net.d/05-cilium.conflist',
				}),
				list(),
			),
		first: 'HP05 info',
		verdict: 'ok',
		says: /\nNothing to do: Multus calls portmap by 00-multus\.conf\. Do not move 00-multus\.conf away/u,
	},
	{
		name: 'a node in the middle of an upgrade from 1.13: both of Cilium’s files',
		report: 'cilium/cilium#24389',
		make: () => withFiles(dead, writtenFile('1.13.9', false), writtenFile('1.14.9', true)),
		first: 'HP05 error',
		verdict: 'broken',
		says: /05-cilium\.conf comes first, without portmap/u,
	},
	// --- plugins beside Cilium's
	{
		name: 'istio-cni behind portmap in Cilium’s list',
		report: '',
		twin: true,
		make: () =>
			withFiles(withPlugins(portmap, 'istio-cni'), of('05-cilium.conflist', [{type: 'cilium-cni'}, mapping, {type: 'istio-cni'}])),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'linkerd-cni in Cilium’s list, and no portmap',
		report: 'linkerd/linkerd2#10738',
		make: () =>
			withFiles(
				shared(withPlugins(pathlessEvidence('1.16.1', ['node-1']), 'linkerd-cni')),
				of('05-cilium.conflist', [{type: 'cilium-cni'}, {type: 'linkerd-cni'}], 'cilium'),
			),
		first: 'HP01 error',
		verdict: 'broken',
		says: /let the installer of linkerd-cni add it again/u,
	},
	{
		name: 'tuning and bandwidth around portmap',
		report: '',
		twin: true,
		make: () =>
			withFiles(
				withPlugins(portmap, 'tuning', 'bandwidth'),
				of('05-cilium.conflist', [
					{type: 'cilium-cni'},
					{type: 'tuning', sysctl: {}},
					mapping,
					{type: 'bandwidth', capabilities: {bandwidth: true}},
				]),
			),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'portmap twice in one list',
		report: '',
		twin: true,
		make: () => withFiles(portmap, of('05-cilium.conflist', [{type: 'cilium-cni'}, mapping, mapping])),
		first: 'HP22 info',
		verdict: 'ok',
	},
	{
		name: 'a capability that is spelt in lower case',
		report: 'containernetworking/cni: libcni/api.go',
		make: () => withFiles(dead, of('05-cilium.conflist', [{type: 'cilium-cni'}, {type: 'portmap', capabilities: {portmappings: true}}])),
		first: 'HP08 error',
		verdict: 'degraded',
		says: /Add "capabilities": \{"portMappings": true\}/u,
	},
	{
		name: 'a list that names several versions (CNI 1.1)',
		report: '',
		twin: true,
		make: () =>
			withFiles(
				portmap,
				configurationFile('05-cilium.conflist', {
					cniVersion: '1.0.0',
					cniVersions: ['0.4.0', '1.0.0', '1.1.0'],
					name: 'portmap',
					plugins: [{type: 'cilium-cni'}, mapping],
				}),
			),
		first: 'HP22 info',
		verdict: 'ok',
	},
];
