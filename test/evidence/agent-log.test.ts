import {expect, test} from 'vitest';
import {withAgentLogs} from '../../source/evidence/agent-log.ts';
import type {NodeEvidence} from '../../source/evidence/evidence.ts';
import {agentPodOf, type AgentPod} from '../../source/evidence/objects/agent-pods.ts';
import {agentStatus, node, observation} from '../diagnosis/builders.ts';
import {fakeCluster, refusal, type FakeCluster} from './fake-cluster.ts';
import {agentPod} from './objects.ts';

const log = `level=info msg="  --kube-proxy-replacement='disabled'" subsys=daemon
level=info msg="  --etcd-config='/var/lib/etcd'" subsys=daemon
level=info msg="Auto-disabling \\"enable-host-port\\" features" subsys=daemon
level=info msg="Auto-disabling \\"enable-host-port\\" features" subsys=daemon
`;

function agentsOf(nodes: readonly NodeEvidence[]): ReadonlyMap<string, AgentPod> {
	return new Map(
		nodes.map(({name, agent}) => {
			const pod = agentPodOf(agentPod(name));
			return [name, {...pod, evidence: {...pod.evidence, ...agent, pod: pod.pod}}];
		}),
	);
}

function cluster(answer: unknown): FakeCluster {
	const objects = Object.fromEntries(
		Array.from({length: 9}, (_, index) => [`/api/v1/namespaces/kube-system/pods/cilium-node-${index + 1}/log`, answer]),
	);
	return fakeCluster({objects});
}

const read = async (client: FakeCluster, nodes: NodeEvidence[]) =>
	withAgentLogs(client, nodes, agentsOf(nodes), new AbortController().signal);
const some = (number: number) =>
	Array.from({length: number}, (_, index) => node(`node-${index + 1}`, `10.0.0.${index + 1}`, observation()));

test('the lines that concern hostPort are kept, each once', async () => {
	const [seen] = await read(cluster(log), some(1));
	expect(seen?.observation?.agentLog).toEqual([
		`level=info msg=" --kube-proxy-replacement='disabled'" subsys=daemon`,
		'level=info msg="Auto-disabling \\"enable-host-port\\" features" subsys=daemon',
	]);
});

test('of many nodes three are asked, and of an agent that serves hostPort none', async () => {
	const client = cluster(log);
	await read(client, some(9));
	expect(client.requests).toHaveLength(3);
	const well = some(3).map(item => ({...item, observation: observation({agentStatus: agentStatus('1.17.4', {hostPortEnabled: true})})}));
	await read(client, well);
	expect(client.requests).toHaveLength(3);
});

test('agents that are not ready come first; of one that crashed the end of its last run is asked for', async () => {
	const client = cluster(log);
	const nodes = some(9).map((item, index) =>
		index === 8 ? {...item, agent: item.agent && {...item.agent, ready: false, trouble: 'CrashLoopBackOff: back-off'}} : item,
	);
	await read(client, nodes);
	expect(client.requests[0]).toMatchObject({
		path: '/api/v1/namespaces/kube-system/pods/cilium-node-9/log',
		query: {previous: true, tailLines: 200},
	});
	expect(client.requests[1]?.query).toMatchObject({limitBytes: 262_144});
	expect(client.requests[1]?.query).not.toHaveProperty('previous');
});

test('a log that may not be read is a line of the node, and nothing else', async () => {
	const [seen] = await read(cluster(refusal(403, 'missing permission: get pods/log', 'get', 'pods/log')), some(1));
	expect(seen?.observation?.agentLog).toEqual([]);
	expect(seen?.observation?.errors).toEqual(['agent log: missing permission: get pods/log']);
});

test('an interruption is not taken for a log', async () => {
	const nodes = some(1);
	const signal = AbortSignal.abort(new Error('stopped'));
	await expect(withAgentLogs(cluster(log), nodes, agentsOf(nodes), signal)).rejects.toThrow('stopped');
});

test('of an agent that serves hostPort and cannot load its programs the newest lines are read', async () => {
	const refused =
		'level=error msg="Error while rewriting endpoint BPF program" endpointID=591 error="load program: permission denied" identity=1';
	const client = cluster(`${refused}\n`);
	const status = agentStatus('1.15.19', {hostPortEnabled: true, devices: ['eth0']});
	const [bare, failing, well] = [
		observation({agentStatus: status, programDevices: ['cilium_vxlan']}),
		observation({agentStatus: {...status, failing: [{name: 'endpoint-591-regeneration-recovery', message: 'failed'}]}}),
		observation({agentStatus: status, programDevices: ['eth0']}),
	].map((seen, index) => node(`node-${index + 1}`, `10.0.0.${index + 1}`, seen));
	const read3 = await read(
		client,
		[bare, failing, well].filter(each => each !== undefined),
	);
	expect(read3.map(({observation: seen}) => seen?.agentLog)).toEqual([[refused], [refused], []]);
	expect(client.requests[0]?.query).toMatchObject({tailLines: 1000});
});

test('of more lines than are kept, the first tell the options and the last what fails now', async () => {
	const lines = Array.from({length: 60}, (_, index) => `level=info msg="New endpoint" k8sPodName=hostport-e2e/web-${index}`);
	const [seen] = await read(cluster(lines.join('\n')), some(1));
	expect(seen?.observation?.agentLog).toEqual([...lines.slice(0, 20), ...lines.slice(40)]);
	const [all] = await read(cluster(lines.slice(0, 40).join('\n')), some(1));
	expect(all?.observation?.agentLog).toEqual(lines.slice(0, 40));
});
