import {realClock} from '../../source/clock.ts';
import {expect, test} from 'vitest';
import type {HelperPodChoices} from '../../source/access/helper-pod-image.ts';
import type {RepairOwn} from '../../source/session/prepare-run.ts';
import {assertPossible, assertRollbackPossible} from '../../source/session/rehearsal.ts';
import {ActionableError} from '../../source/errors.ts';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {makePlan} from '../../source/repair/plan/make-plan.ts';
import type {Choice, Plan} from '../../source/repair/plan/plan.ts';
import {pathlessEvidence} from '../diagnosis/scenes.ts';
import {fakeCluster, refusal, type FakeCluster, type FakeParts} from '../evidence/fake-cluster.ts';
import {agentPod, agentSpec} from '../evidence/objects.ts';

// Before anything is written, `fix` goes the ways that its steps will go.

const namespace = 'kube-system';
const pods = `/api/v1/namespaces/${namespace}/pods`;
const evidence = pathlessEvidence('1.20.2');
const choice: Choice = {strategy: 'portmap', sources: ['portmap'], daemonSet: true};
const plan: Plan = makePlan(evidence, diagnose(evidence), choice, {});

type Sent = {
	readonly metadata: {readonly name: string; readonly labels?: object};
	readonly spec: {readonly containers: ReadonlyArray<{image: string}>};
};
/** Whether a pod is let in, by the beginning of its name; and whether images have a shell. */
type Scene = {
	readonly refuses?: RegExp;
	readonly code?: number;
	readonly words?: string;
	readonly agentHasShell?: boolean;
	readonly isSilent?: boolean;
	readonly podsRun?: FakeParts['podStatus'];
};

const violates = 'pods "x" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)';
const noShell = 'OCI runtime exec failed: exec failed: exec: "sh": executable file not found in $PATH';

function cluster({refuses = /^$/u, code = 403, words = violates, agentHasShell = true, isSilent = false, podsRun}: Scene): FakeCluster {
	const client: FakeCluster = fakeCluster({
		...(podsRun !== undefined && {podStatus: podsRun}),
		objects: {
			[pods]: ({query}: {query?: Record<string, string>}) =>
				query?.['labelSelector'] === 'k8s-app=cilium'
					? evidence.nodes.map(({name}) => agentPod(name, {seesBinaries: false}))
					: [...client.made.values()].filter(pod => (pod as Sent).metadata.labels !== undefined),
			[`/apis/apps/v1/namespaces/${namespace}/daemonsets/cilium`]: {spec: {template: {spec: agentSpec()}}},
			'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews': {status: {allowed: true}},
			[`POST ${pods}`]: ({body, query}: {body: Sent; query?: Record<string, string>}) => {
				if (refuses.test(body.metadata.name)) throw refusal(code, words, 'create', 'pods');
				if (query?.['dryRun'] === undefined) client.made.set(`${pods}/${body.metadata.name}`, body);
				return {metadata: {uid: 'x'}};
			},
		},
		exec: async ({pod}) => {
			if (isSilent) throw new DOMException('The operation was aborted due to timeout', 'TimeoutError');
			if (pod.startsWith('cilium-') && !agentHasShell) throw refusal(500, noShell, 'create', 'pods/exec');
			return Promise.resolve({stdout: new Uint8Array(), stderr: new Uint8Array(), exitCode: 0, truncated: false});
		},
	});
	return client;
}

const own = (chosen: HelperPodChoices): RepairOwn => ({
	environment: {},
	clock: realClock,
	signal: new AbortController().signal,
	pods: chosen,
});

async function sayOf(act: Promise<void>): Promise<string> {
	try {
		await act;
		return 'it may be begun';
	} catch (error) {
		if (!(error instanceof ActionableError)) throw error;
		return `${error.message}\n${error.hint}`;
	}
}

test('the plan has every kind of step that makes pods', () => {
	expect(plan.steps.map(({kind}) => kind)).toEqual(expect.arrayContaining(['put-binary', 'test-pod', 'roll-agents', 'guard-new-nodes']));
});

test.each<[string, Scene, HelperPodChoices, RegExp]>([
	['an ordinary cluster', {}, {}, /^it may be begun$/u],
	['agents without a shell', {agentHasShell: false}, {}, /has no shell\nNothing was changed\..*--image IMAGE.*--via ssh/u],
	['agents without a shell, and an image that has one', {agentHasShell: false}, {image: 'busybox'}, /^it may be begun$/u],
	[
		'a kubelet that lets no script end',
		{isSilent: true},
		{},
		/^node-1 gave a script no answer within 60 s\nNothing was changed\. Check the kubelet/u,
	],
	[
		'Pod Security against pods that write',
		{refuses: /^hostport-host-/u},
		{},
		/violates PodSecurity.*\nNothing was changed\. Use --helper-namespace.*--via ssh/u,
	],
	['Pod Security against the test pod', {refuses: /^hostport-test-/u}, {}, /the test pod is not admitted.*\n.*--helper-namespace/u],
	[
		'Pod Security against the keeper',
		{refuses: /^hostport-keeper-/u},
		{},
		/DaemonSet.*not admitted.*\n.*without --daemonset.*init-script/u,
	],
	[
		'Pod Security against the agents themselves',
		{refuses: /^hostport-agent-/u},
		{},
		/restarted agent of kube-system\/cilium is not admitted.*\nNothing was changed\..*kubectl label namespace kube-system/u,
	],
	// Whoever the webhook is told of is us, and the DaemonSet's controller may well be let in.
	[
		'a webhook against us, where the pod is an agent',
		{refuses: /^hostport-agent-/u, words: 'admission webhook "x" denied the request: no', code: 400},
		{},
		/^it may be begun$/u,
	],
	[
		'a webhook that takes no part in a dry run',
		{refuses: /^hostport-test-/u, words: 'admission webhook "x" does not support dry run', code: 400},
		{},
		/^it may be begun$/u,
	],
	[
		'an image that is not pulled',
		{podsRun: () => ({phase: 'Pending', containerStatuses: [{state: {waiting: {reason: 'ErrImagePull', message: '401 Unauthorized'}}}]})},
		{},
		/does not run on node-1: ErrImagePull: 401.*\nNothing was changed\..*--image-pull-secret/u,
	],
])('%s', async (_, scene, chosen, says) => {
	const client = cluster(scene);
	expect(await sayOf(assertPossible(client, evidence, plan, own(chosen)))).toMatch(says);
	const written = client.requests.filter(
		({method = 'GET', path, query}) => !/^GET$/u.test(method) && query?.['dryRun'] === undefined && !path.includes('selfsubject'),
	);
	expect(
		written.every(({path}) => path.startsWith(pods)),
		'nothing but pods of our own',
	).toBe(true);
	expect([...client.made.keys()], 'pods that run on').toEqual([]);
});

test('every pod that is tried has the image, the policy and the secret that were chosen', async () => {
	const client = cluster({agentHasShell: false});
	await assertPossible(client, evidence, plan, own({image: 'registry.test/busybox', imagePullPolicy: 'Always', imagePullSecret: 'mirror'}));
	const sent = client.requests.filter(({method, path}) => method === 'POST' && path === pods).map(({body}) => body as Sent);
	const kinds = new Map(sent.map(pod => [pod.metadata.name.replace(/^hostport-([a-z]+)-.*$/u, '$1'), pod]));
	expect([...kinds.keys()].sort()).toEqual(['agent', 'host', 'keeper', 'reader', 'test']);
	kinds.delete('agent');
	for (const [kind, {spec}] of kinds) {
		expect(spec, kind).toMatchObject({
			imagePullSecrets: [{name: 'mirror'}],
			containers: [{image: 'registry.test/busybox', imagePullPolicy: kind === 'keeper' ? 'IfNotPresent' : 'Always'}],
		});
	}
});

test('rights are asked for where the pods will be', async () => {
	const client = cluster({});
	await sayOf(assertPossible(client, evidence, plan, own({namespace: 'ops'})));
	const asked = client.requests.flatMap(({path, body}) =>
		path.includes('selfsubject')
			? [(body as {spec: {resourceAttributes: {verb: string; resource: string; namespace?: string}}}).spec.resourceAttributes]
			: [],
	);
	expect(asked).toContainEqual(expect.objectContaining({verb: 'create', resource: 'pods', namespace: 'ops'}));
	expect(asked).toContainEqual(expect.objectContaining({verb: 'create', resource: 'pods', subresource: 'exec', namespace: 'ops'}));
});

test('a run is undone only where scripts run, and other trouble is no reason not to try', async () => {
	const undo = async (scene: Scene, chosen: HelperPodChoices = {}): Promise<string> =>
		sayOf(assertRollbackPossible(cluster(scene), evidence, plan, own(chosen)));
	expect(await undo({})).toBe('it may be begun');
	expect(await undo({agentHasShell: false})).toMatch(/has no shell\nNothing was changed\..*--image/u);
	expect(await undo({agentHasShell: false}, {image: 'busybox'})).toBe('it may be begun');
	expect(await undo({agentHasShell: false, refuses: /./u}, {image: 'busybox'})).toBe('it may be begun');
});
