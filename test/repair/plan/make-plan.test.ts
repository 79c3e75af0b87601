import fc from 'fast-check';
import {expect, test} from 'vitest';
import {diagnose} from '../../../source/diagnosis/diagnose.ts';
import type {Evidence} from '../../../source/evidence/evidence.ts';
import {makePlan} from '../../../source/repair/plan/make-plan.ts';
import {stepsOf} from '../../../source/repair/define-step.ts';
import type {Choice, Plan} from '../../../source/repair/plan/plan.ts';
import {awaitConflist} from '../../../source/repair/steps/await-conflist.ts';
import {chains} from '../../../source/repair/steps/index.ts';
import {putBinary} from '../../../source/repair/steps/put-binary.ts';
import {recreatePods} from '../../../source/repair/steps/recreate-pods.ts';
import {goodNodes} from '../../../source/session/planner.ts';
import {loadBinaries} from '../../../source/session/prepare-run.ts';
import type {RepairTools} from '../../../source/repair/step-work.ts';
import {binary, having, node as nodeEvidence, workingPortmap} from '../../diagnosis/builders.ts';
import {isWhole} from '../../support/whole.ts';
import {
	healthyNativeEvidence,
	healthyPortmapEvidence,
	missingBinaryEvidence,
	mixedEvidence,
	pathlessEvidence,
	withNode,
	withObservation,
} from '../../diagnosis/scenes.ts';

const portmap: Choice = {strategy: 'portmap', sources: ['portmap']};

function plan(evidence: Evidence, choice: Choice = portmap, nodeConfigApi?: string): Plan {
	return makePlan(evidence, diagnose(evidence), choice, nodeConfigApi === undefined ? {} : {nodeConfigApi});
}

const ids = ({steps}: Plan): string[] => steps.map(({id}) => id);
const refused = ({refusals}: Plan): string => refusals.map(({message}) => message).join('\n');

function withSettings(evidence: Evidence, data: Record<string, string>): Evidence {
	const configMap = evidence.cilium?.configMap;
	if (!evidence.cilium || !configMap) throw new Error('no ConfigMap');
	return {...evidence, cilium: {...evidence.cilium, configMap: {...configMap, data: {...configMap.data, ...data}}}};
}

test('the case: binaries on every node, then one node, then all, then the pods, then the proof', () => {
	expect(ids(plan(pathlessEvidence()))).toEqual([
		'binary/node-1',
		'binary/node-2',
		'binary/node-3',
		'configmap',
		'canary/node-1',
		'test-pod/node-1',
		'agents',
		'conflist',
		'pods/default/Deployment/web',
		'pods/observability/DaemonSet/otel-collector',
		'proof',
	]);
});

test('with CiliumNodeConfig the first node has settings of its own before cilium-config is touched', () => {
	expect(ids(plan(pathlessEvidence('1.17.4'), portmap, 'cilium.io/v2')).slice(3, 8)).toEqual([
		'canary/node-1',
		'test-pod/node-1',
		'configmap',
		'end-canary',
		'agents',
	]);
});

test('chained without the binary: the binary alone, for pods that wait start by themselves', () => {
	const {steps} = plan(missingBinaryEvidence());
	expect(steps.filter(({kind}) => kind === 'put-binary')).toHaveLength(3);
	expect(steps.some(({kind}) => kind === 'patch-configmap' || kind === 'roll-agents')).toBe(false);
});

test('one node that joined without the binary: that node alone', () => {
	expect(ids(plan(mixedEvidence())).filter(id => !id.startsWith('pods/'))).toEqual(['binary/node-3', 'proof']);
});

test('nothing to do where hostPort works', () => {
	expect(plan(healthyPortmapEvidence()).steps).toEqual([]);
	expect(plan(healthyNativeEvidence(), {strategy: 'native'}).steps).toEqual([]);
});

test('native needs no binary and re-creates no pod', () => {
	const native = plan(pathlessEvidence('1.17.4'), {strategy: 'native'});
	expect(ids(native)).toEqual(['configmap', 'canary/node-1', 'test-pod/node-1', 'agents', 'native', 'proof']);
});

const refusals: ReadonlyArray<readonly [why: string, evidence: Evidence, choice: Choice, words: RegExp]> = [
	['the host firewall is on', withSettings(pathlessEvidence(), {'enable-host-firewall': 'true'}), portmap, /host firewall/],
	['replacement is on', healthyNativeEvidence(), portmap, /replacement is on/],
	['another plugin is chained', withSettings(pathlessEvidence(), {'cni-chaining-mode': 'aws-cni'}), portmap, /aws-cni/],
	['the CNI folder is the user’s own', withSettings(pathlessEvidence(), {'custom-cni-conf': 'true'}), portmap, /custom-cni-conf/],
	['the list comes from elsewhere', withSettings(pathlessEvidence(), {'read-cni-conf': '/x'}), portmap, /read-cni-conf/],
	['kube-proxy is kept on 1.19', pathlessEvidence('1.19.6'), {strategy: 'native'}, /full kube-proxy replacement/],
	['the provider runs Cilium', having(pathlessEvidence(), {otherDaemonSets: ['kube-system/anetd']}), portmap, /GKE/],
	[
		'every runtime is CRI-O',
		having(pathlessEvidence(), {nodes: pathlessEvidence().nodes.map(node => ({...node, containerRuntime: 'cri-o://1.26'}))}),
		portmap,
		/CRI-O/,
	],
	[
		'a node is down',
		withNode(pathlessEvidence(), 'node-2', node => ({...node, ready: false, skipped: 'not ready', observation: null})),
		portmap,
		/node-2 is unreachable/,
	],
	['a node that answers is to be skipped', pathlessEvidence(), {...portmap, leaveOut: ['node-2']}, /node-2 is reachable/],
	['the node named is unknown', pathlessEvidence(), {...portmap, canary: 'node-9'}, /node not found: node-9/],
	['cilium-config counts for all nodes', pathlessEvidence(), {...portmap, nodes: ['node-1']}, /applies to all nodes/],
	['there is no Cilium', having(pathlessEvidence(), {cilium: null}), portmap, /no Cilium/],
];

test.each(refusals)('refuses where %s, and plans no step', (_why, evidence, choice, words) => {
	const made = plan(evidence, choice);
	expect(refused(made)).toMatch(words);
	expect(made.steps).toEqual([]);
});

test('a node that is down and answered for is skipped and said so', () => {
	const down = withNode(pathlessEvidence(), 'node-2', node => ({...node, ready: false, skipped: 'not ready', observation: null}));
	const made = plan(down, {...portmap, leaveOut: ['node-2']});
	expect(made.refusals).toEqual([]);
	expect(ids(made)).not.toContain('binary/node-2');
	expect(made.remaining.join('\n')).toContain('node-2');
});

/** The case, with a bare pod, a static pod and one of a Job beside its workloads. */
function withOtherPods(): Evidence {
	const base = pathlessEvidence();
	const [first] = base.pods;
	if (first === undefined) throw new Error('no pod');
	const like = (name: string, owner: string): Evidence['pods'][number] => ({...first, name, uid: name, namespace: 'default', owner});
	return {...base, pods: [...base.pods, like('bare', ''), like('static-node-1', 'Node/node-1'), like('once', 'Job/once')]};
}

test('pods that nothing restarts, or that would lose their work, are skipped and named with what helps', () => {
	const {left, remaining, steps} = plan(withOtherPods());
	expect(left.map(({pod}) => pod)).toEqual(['default/bare', 'default/once', 'default/static-node-1']);
	const lines = remaining.join('\n');
	expect(lines).toMatch(/^default\/bare: .*it has no owner; --allow-bare-pods/m);
	expect(lines).toMatch(/^default\/static-node-1: .*it is a static pod: move its manifest/m);
	expect(lines).toMatch(/^default\/once: .*it belongs to Job\/once/m);
	expect(stepsOf({steps}, recreatePods).flatMap(({parameters}) => parameters.pods.map(({name}) => name))).not.toContain('bare');
	expect(plan(withOtherPods(), {...portmap, allowBarePods: true}).left.map(({pod}) => pod)).toEqual([
		'default/once',
		'default/static-node-1',
	]);
	expect(plan(withOtherPods(), {strategy: 'native'}).left).toEqual([]);
});

test('agents that only a person restarts are deleted one after another, and the preview says so', () => {
	const base = pathlessEvidence();
	const daemonSet = base.cilium?.daemonSet;
	if (!base.cilium || !daemonSet) throw new Error('no DaemonSet');
	const made = plan({...base, cilium: {...base.cilium, daemonSet: {...daemonSet, updateStrategy: 'OnDelete', maxUnavailable: ''}}});
	const roll = made.steps.find(({kind}) => kind === 'roll-agents');
	expect(roll?.preview.text).toBe("Deletes the agents' pods of every node, one after another, and waits for each new one.");
	expect(roll?.blastRadius).toMatch(/^one agent restarts at a time/u);
	expect(roll?.undo).toBe('restarts the agents with the old settings');
});

test('every node whose runtime will call portmap is to be seen running it, whether the plan puts it there or not', () => {
	expect(plan(mixedEvidence()).binaries.map(({node, folder}) => `${node}:${folder}`)).toEqual([
		'node-1:/opt/cni/bin',
		'node-2:/opt/cni/bin',
		'node-3:/opt/cni/bin',
	]);
	expect(plan(pathlessEvidence('1.17.4'), {strategy: 'native'}).binaries).toEqual([]);
});

test('pods that would not come back to a cordoned node are warned of', () => {
	const cordoned = withNode(pathlessEvidence(), 'node-1', node => ({...node, schedulable: false}));
	expect(plan(cordoned).warnings.map(({message}) => message)).toContainEqual(expect.stringMatching(/^node-1 is cordoned: pods/));
	expect(
		plan(pathlessEvidence())
			.warnings.map(({message}) => message)
			.join('\n'),
	).not.toContain('cordoned');
});

test('Windows nodes are skipped', () => {
	const base = pathlessEvidence();
	const mixed = {...base, nodes: [...base.nodes, nodeEvidence('win-1', '10.88.0.99', null, {os: 'windows', skipped: 'a windows node'})]};
	const made = plan(mixed);
	expect(made.skipped).toEqual([{node: 'win-1', reason: 'a windows node'}]);
	expect(ids(made).filter(id => id.startsWith('binary/'))).toHaveLength(3);
});

test.each([
	'/etc/cron.d',
	// What a tenant has in a container of his own, as the node sees it: a file named portmap there would be run.
	'/run/containerd/io.containerd.runtime.v2.task/k8s.io/0123abcd/rootfs/opt/cni/bin',
	'/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/7/fs/cni',
	'/var/lib/kubelet/pods/0123-abcd/volume-subpaths/a/b/0/kubernetes/bin',
	'/proc/4711/root/opt/cni/bin',
	'/tmp/cni/bin',
	'/opt/cni/bin/../../../tmp/cni/bin',
])('a forged event cannot lead the binary into another folder, such as %s', folder => {
	const forged = missingBinaryEvidence();
	const events = forged.events.map(event => ({...event, message: event.message.replace('/opt/cni/bin', folder)}));
	expect(events.some(({message}) => message.includes(folder))).toBe(true);
	const folders = stepsOf(plan({...forged, events}), putBinary).map(({parameters}) => parameters.folder);
	expect(new Set(folders)).toEqual(new Set(['/opt/cni/bin']));
});

test('portmap goes where Cilium’s own plugin lies, whatever a configuration says that the runtime was not started with', () => {
	const read = {binaryFolders: ['/usr/lib/cni'], configurationFolder: '/etc/cni/net.d', source: '/etc/containerd/config.toml'};
	const seen = withObservation(pathlessEvidence(), 'node-1', {runtime: read});
	const folders = stepsOf(plan(seen), putBinary).map(({parameters}) => parameters.folder);
	expect(folders).toEqual(['/opt/cni/bin', '/opt/cni/bin', '/opt/cni/bin']);
});

test('an owner that puts the old values back is said with what makes the change last', () => {
	const base = pathlessEvidence();
	const configMap = base.cilium?.configMap;
	if (!base.cilium || !configMap) throw new Error('no ConfigMap');
	const owned = {...base, cilium: {...base.cilium, configMap: {...configMap, labels: {'app.kubernetes.io/managed-by': 'Helm'}}}};
	expect(
		plan(owned)
			.warnings.map(({message, hint}) => `${message} ${hint}`)
			.join('\n'),
	).toMatch(/Helm.*cni\.chainingMode=portmap/s);
});

test('bare pods and pods of Jobs are left alone unless the person agrees to the first', () => {
	const base = pathlessEvidence();
	const bare = {...base, pods: base.pods.map(pod => ({...pod, owner: pod.namespace === 'default' ? '' : 'Job/batch'}))};
	expect(ids(plan(bare)).filter(id => id.startsWith('pods/'))).toEqual([]);
	expect(ids(plan(bare, {...portmap, allowBarePods: true})).filter(id => id.startsWith('pods/'))).toEqual([
		'pods/default/Pod/web-6f7d9c-x2x4k',
	]);
});

const versions = fc.constantFrom('1.8.13', '1.10.16', '1.13.18', '1.14.19', '1.16.7', '1.17.4', '1.18.9', '1.19.6', '1.20.0');
const scenes = fc.constantFrom(pathlessEvidence, missingBinaryEvidence, healthyPortmapEvidence, healthyNativeEvidence, mixedEvidence);
const mutilation = fc.record({
	unseen: fc.subarray(['node-1', 'node-2', 'node-3']),
	down: fc.subarray(['node-1', 'node-2', 'node-3']),
	keys: fc.dictionary(
		fc.constantFrom('kube-proxy-replacement', 'cni-chaining-mode', 'enable-host-port', 'enable-node-port', 'cni-exclusive'),
		fc.constantFrom('true', 'false', 'portmap', 'none', 'partial', 'strict'),
	),
});

/** Any cluster that a scene can become: nodes not asked, nodes down, settings in between. */
const clusters = fc.tuple(scenes, versions, mutilation).map(([scene, version, {unseen, down, keys}]) => {
	const base = withSettings(scene(version), keys);
	return {
		...base,
		nodes: base.nodes.map(node => ({
			...node,
			...(unseen.includes(node.name) && {observation: null, via: 'api' as const}),
			...(down.includes(node.name) && {ready: false, skipped: 'not ready', observation: null}),
		})),
	};
});

const choices = fc.record({
	strategy: fc.constantFrom('portmap' as const, 'native' as const),
	leaveOut: fc.subarray(['node-1', 'node-2', 'node-3']),
	allowBarePods: fc.boolean(),
});

test('in any plan every binary comes before anything that makes a runtime call it, on every node that may', () => {
	fc.assert(
		fc.property(
			clusters,
			choices,
			fc.option(fc.constantFrom('cilium.io/v2', 'cilium.io/v2alpha1'), {nil: undefined}),
			(evidence, choice, api) => {
				const {steps} = plan(evidence, choice, api);
				const first = steps.findIndex(chains);
				const last = steps.findLastIndex(({kind}) => kind === 'put-binary');
				if (first === -1) return;
				expect(last).toBeLessThan(first);
				const covered = new Set(steps.filter(({kind}) => kind === 'put-binary').map(({node}) => node));
				const working = (name: string): boolean =>
					evidence.nodes
						.find(node => node.name === name)
						?.observation?.binaryFolder?.files.some(file => file.name === 'portmap' && file.versionExitCode === 0) === true;
				// Where cilium-config asks for portmap already, only the nodes whose agent is re-created change.
				const isForAll = steps.some(({kind}) => kind === 'patch-configmap');
				const changed = stepsOf({steps}, awaitConflist).flatMap(({parameters}) => parameters.nodes);
				const bare = evidence.nodes
					.filter(({name, ready}) => (isForAll ? ready !== false : changed.includes(name)) && !covered.has(name) && !working(name))
					.map(({name}) => name);
				expect(bare).toEqual([]);
			},
		),
		{numRuns: 400},
	);
});

test('any plan is plain values, refuses or explains each step, and is the same for the same evidence in another order', () => {
	fc.assert(
		fc.property(clusters, choices, (evidence, choice) => {
			const made = plan(evidence, choice);
			expect(JSON.parse(JSON.stringify(made))).toEqual(made);
			expect(made.steps.length === 0 || made.refusals.length === 0).toBe(true);
			expect(new Set(ids(made)).size).toBe(made.steps.length);
			for (const step of made.steps) {
				for (const text of [step.title, step.preview.text, step.checkBefore, step.checkAfter, step.undo, step.blastRadius])
					expect(text).not.toBe('');
			}

			const turned = {...evidence, nodes: evidence.nodes.toReversed(), pods: evidence.pods.toReversed()};
			expect(ids(plan(turned, choice)).toSorted()).toEqual(ids(made).toSorted());
		}),
		{numRuns: 200},
	);
});

test('a plan for 5,000 nodes fits into one ConfigMap with its states', async () => {
	const {gzipSync} = await import('node:zlib');
	const nodes = isWhole ? 5000 : 1000;
	const names = Array.from({length: nodes}, (_, index) => `ip-10-0-${index >> 8}-${index & 255}.eu-central-1.compute.internal`);
	const made = plan(pathlessEvidence('1.10.16', names));
	const entries = Object.fromEntries(
		made.steps.map(({id}) => [
			id,
			{state: 'done', before: {was: 'not there', sha256: '', mode: ''}, seconds: 1.2, says: 'CNI portmap plugin v1.9.1; it answers'},
		]),
	);
	expect(made.steps.length).toBeGreaterThan(nodes);
	expect(((gzipSync(JSON.stringify(made)).length + gzipSync(JSON.stringify(entries)).length) * 4) / 3).toBeLessThan(nodes * 200);
}, 120_000);
const tooOld = workingPortmap({versionAnswer: '{"cniVersion":"0.4.0","supportedVersions":["0.3.0","0.3.1","0.4.0"]}'});
const withPortmaps = (evidence: Evidence, names: readonly string[]): Evidence =>
	names.reduce(
		(all, name) =>
			withObservation(all, name, {binaryFolder: {host: '/opt/cni/bin', files: [binary('cilium-cni'), binary('loopback'), tooOld]}}),
		evidence,
	);
const binarySteps = (made: Plan) => stepsOf(made, putBinary);

test('where portmap is too old for the list to come it is replaced and kept; where it stops pods already it is only replaced', () => {
	const toCome = binarySteps(plan(withPortmaps(pathlessEvidence('1.20.2'), ['node-1', 'node-2', 'node-3'])));
	expect(toCome.map(({parameters}) => parameters)).toEqual(
		toCome.map(() => ({folder: '/opt/cni/bin', architecture: 'amd64', cniVersions: ['1.0.0'], keepsOld: true, isRefuted: false})),
	);
	expect(toCome).toHaveLength(3);
	expect(toCome[0]?.preview.text).toContain('portmap knows CNI 0.3.0, 0.3.1, 0.4.0, but the CNI file asks for 1.0.0');
	const stopped = binarySteps(plan(withPortmaps(healthyPortmapEvidence('1.20.2'), ['node-2'])));
	expect(stopped.map(({node, parameters}) => [node, parameters.keepsOld])).toEqual([['node-2', false]]);
	expect(binarySteps(plan(withPortmaps(pathlessEvidence('1.19.6'), ['node-1', 'node-2', 'node-3'])))).toEqual([]);
});

test('a node whose portmap is too old is no source for the others', () => {
	const all = ['node-1', 'node-2', 'node-3'];
	expect(goodNodes(withPortmaps(pathlessEvidence('1.20.2'), all))).toEqual([]);
	expect(goodNodes(withPortmaps(pathlessEvidence('1.19.6'), all))).toEqual(['node:node-3']);
	expect(goodNodes(withPortmaps(healthyPortmapEvidence('1.20.2'), ['node-3']))).toEqual(['node:node-2']);
});

test.each([
	['0.4.0', 'refused'],
	['1.0.0', 'taken'],
	['', 'taken'],
])('a given portmap that knows CNI up to "%s" is %s before anything is written, whatever its source', async (cniVersion, outcome) => {
	const portmap = {
		content: new Uint8Array(),
		sha256: '',
		architecture: 'amd64',
		version: '',
		cniVersion,
		isDynamic: false,
		origin: 'a file',
	};
	const tools = {portmapFor: async () => Promise.resolve(portmap)} as unknown as RepairTools;
	const loading = loadBinaries(plan(pathlessEvidence('1.20.2')), tools, new AbortController().signal);
	const said = await loading.then(
		() => 'taken',
		(error: unknown) => (/no pod could start or stop/.test(String(error)) ? 'refused' : String(error)),
	);
	expect(said).toBe(outcome);
});
