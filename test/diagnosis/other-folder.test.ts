import {describe, expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {view} from '../../source/diagnosis/view.ts';
import type {Evidence, Observation} from '../../source/evidence/evidence.ts';
import {parseRuntime} from '../../source/evidence/parse-runtime.ts';
import {makePlan} from '../../source/repair/plan/make-plan.ts';
import {natTable, portmapHooks} from './builders.ts';
import {healthyNativeEvidence, healthyPortmapEvidence, withNode, withObservation, withWaitingPod} from './scenes.ts';

const runtimeOf = (files: Readonly<Record<string, string>>): Observation['runtime'] =>
	parseRuntime(Object.entries(files).map(([name, text]) => ({key: 'runtime', value: `${name}\n${text}`})));

const v2 = (lines: string): string => `version = 2\n[plugins."io.containerd.grpc.v1.cri".cni]\n${lines}\n`;
const v3 = (lines: string): string => `version = 3\n[plugins.'io.containerd.cri.v1.runtime'.cni]\n${lines}\n`;
const main = '/etc/containerd/config.toml';

/** A node whose runtime has this configuration, where portmap was chained and its pods have no rules. */
function withRuntime(files: Readonly<Record<string, string>>, parts: Partial<Observation> = {}): Evidence {
	return withObservation(healthyPortmapEvidence('1.17.4', ['node-1']), 'node-1', {
		runtime: runtimeOf(files),
		nat: {nft: natTable(portmapHooks), legacy: natTable()},
		...parts,
	});
}

const first = (evidence: Evidence) => diagnose(evidence).findings[0];

describe('the runtime reads its CNI configuration elsewhere', () => {
	test.each([
		[
			'k3s with its own folder',
			'/var/lib/rancher/k3s/agent/etc/cni/net.d',
			{
				'/var/lib/rancher/k3s/agent/etc/containerd/config.toml': v3(
					`bin_dirs = ["/var/lib/rancher/k3s/data/cni"]\nconf_dir = "/var/lib/rancher/k3s/agent/etc/cni/net.d"`,
				),
			},
		],
		['containerd 1.x', '/etc/kubernetes/cni/net.d', {[main]: `[plugins.cri.cni]\nconf_dir = "/etc/kubernetes/cni/net.d"\n`}],
		[
			'a drop-in of containerd 2',
			'/run/cni/net.d',
			{[main]: v3(`conf_dir = '/etc/cni/net.d'`), '/etc/containerd/conf.d/99.toml': v3(`conf_dir = '/run/cni/net.d'`)},
		],
		['microk8s', '/var/snap/microk8s/7231/args/cni-network', {[main]: v2(`conf_dir = "/var/snap/microk8s/7231/args/cni-network"`)}],
		[
			'CRI-O as OpenShift has it',
			'/etc/kubernetes/cni/net.d',
			{'/etc/crio/crio.conf.d/00-default': `[crio.network]\nnetwork_dir = "/etc/kubernetes/cni/net.d/"\n`},
		],
		[
			'cri-dockerd by a flag',
			'/etc/cni/docker.d',
			{'flags of cri-dockerd': `[flags]\nname = "cri-dockerd"\nconf_dir = '/etc/cni/docker.d'\n`},
		],
		[
			'a flag of CRI-O beside its file',
			'/etc/cni/flag.d',
			{
				'/etc/crio/crio.conf': `[crio.network]\nnetwork_dir = "/etc/cni/net.d"\n`,
				'flags of crio': `[flags]\nname = "crio"\nconf_dir = '/etc/cni/flag.d'\n`,
			},
		],
	])('%s', (_name, folder, files) => {
		const evidence = withRuntime(files);
		const {findings, nodes} = diagnose(evidence);
		expect(findings[0]).toMatchObject({
			code: 'HP05',
			severity: 'error',
			title: "Cilium's CNI file is not loaded on node-1: the runtime reads another folder",
			remedy: expect.stringContaining(folder),
		});
		expect(findings[0]?.because[0]).toEqual({source: expect.any(String), says: `the CNI configuration folder is ${folder}`});
		expect(JSON.stringify(findings)).not.toContain('the file that is loaded');
		expect(findings.map(({code}) => code)).not.toContain('HP08');
		expect(nodes[0]).toMatchObject({verdict: 'broken', cni: {file: ''}});
		const plan = makePlan(evidence, diagnose(evidence), {strategy: 'portmap', sources: ['portmap']});
		expect(plan.steps).toEqual([]);
		expect(plan.refusals.map(({message}) => message).join()).toContain(`the runtime reads ${folder}`);
	});

	test.each<[string, Readonly<Record<string, string>>, Partial<Observation>]>([
		['the same folder', {[main]: v3(`conf_dir = '/etc/cni/net.d/'`)}, {}],
		['the default of containerd', {[main]: v3('')}, {}],
		['cri-dockerd without flags', {'flags of cri-dockerd': '[flags]\nname = "cri-dockerd"\n'}, {}],
		[
			'a kubelet of dockershim that names the binaries alone',
			{'flags of kubelet': `[flags]\nname = "kubelet"\nbin_dirs = ['/opt/cni/bin']\n`},
			{},
		],
		[
			'a folder that is a link to the one that was looked at',
			{[main]: v3(`conf_dir = '/etc/other'`)},
			{facts: {'same-folder:/etc/other': 'yes'}},
		],
		['a file that is not understood', {[main]: v3(`conf_dir = '/etc/other`)}, {}],
		['another plugin’s folder', {[main]: `version = 3\n[plugins.'io.containerd.internal.v1.opt']\nconf_dir = '/etc/other'\n`}, {}],
	])('it does not, with %s', (_name, files, parts) => {
		expect(first(withRuntime(files, parts))?.title).not.toContain('is not loaded');
		expect(view(withRuntime(files, parts)).judged[0]?.loaded?.file.name).toBe('05-cilium.conflist');
	});

	const notReady =
		'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: ';
	const sandbox = 'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "86": ';
	const k3s = {[main]: v2(`conf_dir = "/var/lib/rancher/k3s/agent/etc/cni/net.d"`)};
	const condition = (evidence: Evidence, message: string): Evidence =>
		withNode(evidence, 'node-1', each => ({...each, ready: false, readyMessage: `${notReady}${message}`}));

	// What the runtime says of a folder with nothing of Cilium's in it is a consequence, and names the folder where its configuration was not read.
	test.each<[string, string, Evidence]>([
		['the node says so', '/var/lib/rancher/k3s/agent/etc/cni/net.d', condition(withRuntime(k3s), 'cni plugin not initialized')],
		[
			'a pod waits for its network',
			'/var/lib/rancher/k3s/agent/etc/cni/net.d',
			withWaitingPod(withRuntime(k3s), `${sandbox}cni plugin not initialized`),
		],
		[
			'the kubelet makes no pod',
			'/var/lib/rancher/k3s/agent/etc/cni/net.d',
			withWaitingPod(withRuntime(k3s), `network is not ready: ${notReady}cni plugin not initialized`, {reason: 'NetworkNotReady'}),
		],
		[
			'another network’s plugin fails there',
			'/var/lib/rancher/k3s/agent/etc/cni/net.d',
			withWaitingPod(
				withRuntime(k3s),
				`${sandbox}plugin type="flannel" failed (add): open /run/flannel/subnet.env: no such file or directory`,
			),
		],
		[
			'CRI-O names the folder',
			'/etc/kubernetes/cni/net.d',
			condition(withRuntime({}), 'No CNI configuration file in /etc/kubernetes/cni/net.d/. Has your network provider started?'),
		],
		[
			'containerd names the folder',
			'/etc/containerd/cni/net.d',
			withWaitingPod(withRuntime({}), `${sandbox}no network config found in /etc/containerd/cni/net.d: cni plugin not initialized`),
		],
		['libcni names the folder', '/opt/net.d', withWaitingPod(withRuntime({}), `${sandbox}no networks found in /opt/net.d`)],
	])('%s: the folder comes first', (_name, folder, evidence) => {
		const {findings, nodes} = diagnose(evidence);
		expect(findings[0]).toMatchObject({code: 'HP05', severity: 'error', remedy: expect.stringContaining(`to ${folder} `)});
		expect(findings.filter(({code}) => code === 'HP24')).toEqual([]);
		expect(nodes[0]).toMatchObject({verdict: 'broken', reason: expect.stringContaining(folder)});
	});

	test.each([
		['the folder that Cilium writes to', 'No CNI configuration file in /etc/cni/net.d/. Has your network provider started?'],
		['no folder', 'cni plugin not initialized'],
	])('a node whose runtime names %s', (_name, message) => {
		expect(diagnose(condition(withRuntime({}), message)).findings.filter(({title}) => title.includes('is not loaded'))).toEqual([]);
	});

	test('cilium-cni itself fails: the runtime does load a list of Cilium’s, and the event stays', () => {
		const evidence = withWaitingPod(withRuntime(k3s), `${sandbox}plugin type="cilium-cni" failed (add): unable to connect to Cilium agent`);
		expect(diagnose(evidence).findings.map(({code}) => code)).toContain('HP24');
	});

	test('rules of Cilium’s own list show that it does load it', () => {
		const healthy = withObservation(healthyPortmapEvidence('1.17.4', ['node-1']), 'node-1', {
			runtime: runtimeOf({[main]: v3(`conf_dir = '/etc/other'`)}),
		});
		expect(first(healthy)?.code).toBe('HP22');
	});

	test('eBPF serves all the same: said, and no error', () => {
		const native = withObservation(healthyNativeEvidence('1.17.4', ['node-1']), 'node-1', {
			runtime: runtimeOf({[main]: v3(`conf_dir = '/etc/other'`)}),
		});
		const told = diagnose(native).findings.find(({code}) => code === 'HP05');
		expect(told?.severity).toBe('warning');
		expect(diagnose(native).findings.map(({code}) => code)).not.toContain('HP22');
		expect(diagnose(native).nodes[0]?.verdict).toBe('ok');
	});
});
