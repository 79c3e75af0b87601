import {expect, test} from 'vitest';
import {agentPodOf} from '../../source/evidence/objects/agent-pods.ts';
import {agentPod} from './objects.ts';

// An agent that ends again and again runs in between: then only its last run tells.
const message =
	'level=info msg="starting"\nlevel=fatal msg="Incorrect config-map flag value" error="option kube-proxy-replacement: invalid syntax"\n';
const ended = {exitCode: 255, reason: 'Error', message};

function troubleIn(parts: {restartCount?: number; terminated?: object; ready?: boolean}): string {
	const {status, ...pod} = agentPod('node-1') as {status: {containerStatuses: object[]}};
	const [container] = status.containerStatuses;
	return agentPodOf({
		...pod,
		status: {
			...status,
			conditions: [{type: 'Ready', status: parts.ready === true ? 'True' : 'False'}],
			containerStatuses: [{...container, restartCount: parts.restartCount ?? 3, lastState: {terminated: parts.terminated ?? ended}}],
		},
	}).evidence.trouble;
}

test('between two runs the last one’s end is the trouble', () => {
	expect(troubleIn({})).toMatch(/^Error: restarted 3 times, its last run ended with exit code 255: level=fatal msg="Incorrect config-map/u);
	expect(troubleIn({terminated: {exitCode: 137, reason: 'OOMKilled'}})).toBe(
		'OOMKilled: restarted 3 times, its last run ended with exit code 137',
	);
});

test.each([
	['is ready by now', {ready: true}],
	['was restarted once', {restartCount: 1}],
	['ended well', {terminated: {exitCode: 0, reason: 'Completed'}}],
])('an agent that %s has none', (_, parts) => {
	expect(troubleIn(parts)).toBe('');
});
