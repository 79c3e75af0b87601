import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {complete} from '../../source/commands/complete.ts';
import {commands} from '../../source/commands/index.ts';
import {startDemoCluster, type DemoCluster} from '../../source/demo/demo-cluster.ts';
import {contextAt} from '../support/context.ts';
import {runHere} from '../support/program.ts';

/** What completes the words, as kubectl is answered; nothing may be said besides. */
async function completed(words: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
	const {context, written} = contextAt(false, {environment});
	const answer = await complete(words, commands, context, 600_000);
	expect(written).toEqual({stdout: '', stderr: ''});
	return answer;
}

describe('without a cluster', () => {
	it.each([
		[['che'], /^check\tDiagnose .+\n:4\n$/u],
		[['check', '--save', ''], /^:0\n$/u],
		[['explain', ''], /^HP01\n(?:HP\d+b?\n)+:4\n$/u],
		[['explain', 'HP02'], /^HP02\n:4\n$/u],
		[['explain', 'hp02'], /^hp02\n:4\n$/u],
		[['explain', 'Hp02'], /^:4\n$/u],
	])('%j', async (words, expected) => {
		expect(await completed(words)).toMatch(expected);
	});

	it('other names than codes are as they are', async () => {
		const environment = {KUBECONFIG: '/nowhere', XDG_STATE_HOME: '/nowhere'};
		expect(await completed(['rollback', 'r'], environment)).toBe(':4\n');
	});

	it.each([[['check', '']], [['check', '--context=']], [['check', '-n', '']]])('says nothing where it cannot be asked: %j', async words => {
		expect(await runHere(['__complete', '--kubeconfig', '/nowhere', ...words])).toEqual({code: 0, output: ':4\n', errors: ''});
	});
});

describe('from a cluster', () => {
	let demo: DemoCluster;
	beforeAll(async () => {
		demo = await startDemoCluster({scene: 'healthy', nodes: 2});
	});
	afterAll(async () => demo.stop());

	it.each([
		[['check', ''], /^(?:\S+-000\d\n){2}:4\n$/u],
		[['check', 'node/'], /^(?:node\/\S+-000\d\n){2}:4\n$/u],
		[['check', '-n', 'kube-s'], /^kube-system\n:4\n$/u],
		[['check', '--context', ''], /^\S+\n:4\n$/u],
		// What is typed before it in part, or wrong, keeps nobody from completing.
		[['check', '--namespace', 'kube-s'], /^kube-system\n:4\n$/u],
		[['check', '--no-such-flag', ''], /^(?:\S+-000\d\n){2}:4\n$/u],
	])('%j', async (words, expected) => {
		expect(await completed(['--kubeconfig', demo.kubeconfig, ...words])).toMatch(expected);
		expect(await completed(words, {KUBECONFIG: demo.kubeconfig})).toMatch(expected);
	});

	it('reads no standard input, which is the prompt', async () => {
		expect(await completed(['--kubeconfig', '-', 'check', ''], {KUBECONFIG: demo.kubeconfig})).toBe(':4\n');
	});
});
