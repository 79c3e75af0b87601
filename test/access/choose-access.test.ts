import {expect, test} from 'vitest';
import {chooseAccess, type SeenAgent} from '../../source/access/choose-access.ts';

const both = {configurationHost: '/etc/cni/net.d', binaryHost: '/opt/cni/bin'};
const configurationFolder = {host: '/etc/cni/net.d', seen: '/host/etc/cni/net.d'};
const binaryFolder = {host: '/opt/cni/bin', seen: '/host/opt/cni/bin'};

function agent(parts: Partial<SeenAgent> = {}): SeenAgent {
	return {
		namespace: 'kube-system',
		pod: 'cilium-x',
		node: 'node-1',
		container: 'cilium-agent',
		isRunning: true,
		folders: {...both, configurationFolder, binaryFolder},
		evidence: {image: 'registry.test/cilium:v1', imageID: '', trouble: '', phase: 'Running'},
		...parts,
	};
}

test('an agent that sees everything is enough', () => {
	expect(chooseAccess(agent())).toMatchObject({agent: {pod: 'cilium-x'}, readerPod: undefined, because: ''});
});

test('a reader pod is added for just the folder that the agent does not see', () => {
	const {readerPod, because} = chooseAccess(agent({folders: {...both, configurationFolder, binaryFolder: undefined}}));
	expect(readerPod).toEqual({
		node: 'node-1',
		namespace: 'kube-system',
		image: 'registry.test/cilium:v1',
		configurationFolder: undefined,
		binaryFolder: '/opt/cni/bin',
	});
	expect(because).toBe('the agent does not see /opt/cni/bin');
});

test('a reader pod for both folders stands in for an agent that does not run', () => {
	const choice = chooseAccess(
		agent({isRunning: false, evidence: {image: 'i', imageID: '', trouble: 'CrashLoopBackOff', phase: 'Running'}}),
	);
	expect(choice).toMatchObject({
		agent: undefined,
		readerPod: {configurationFolder: '/etc/cni/net.d', binaryFolder: '/opt/cni/bin'},
		because: 'the agent does not run (CrashLoopBackOff)',
	});
});

test('no pod is made on a node that has no agent: its image would have to be pulled', () => {
	expect(chooseAccess(undefined)).toMatchObject({agent: undefined, readerPod: undefined, because: 'no Cilium agent pod on this node'});
});
