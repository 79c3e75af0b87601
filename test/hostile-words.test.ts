// Words typed, names of a kubeconfig and objects of the API, as they come out in errors, gaps and evidence.
import {describe, expect, it} from 'vitest';
import {parse} from '../source/cli.ts';
import {chooseTarget} from '../source/cluster/connection-target.ts';
import {runExecPlugin} from '../source/cluster/exec-credential.ts';
import {parseKubeconfig, readKubeconfigFile} from '../source/cluster/kubeconfig-file.ts';
import type {ConnectionFlags} from '../source/cluster/connection-flags.ts';
import {ActionableError, messageOf, UsageError} from '../source/errors.ts';
import {clusterEvidence} from '../source/evidence/cluster-evidence.ts';
import {loadEvidence} from '../source/evidence/evidence-file.ts';
import {fakeCluster} from './evidence/fake-cluster.ts';
import {clusterObjects} from './evidence/objects.ts';
import {hostileText, poisoned, raw, textPaths} from './support/hostile-text.ts';

const evil = hostileText;
/** The same without what the kernel and YAML refuse. */
const name = evil.replaceAll('\u0000', '').replaceAll('\uD800', '');
const kubeconfig = (value: object) => parseKubeconfig(JSON.stringify({kind: 'Config', ...value}), '/k');
const signal = new AbortController().signal;
const question = {nodes: [], selector: undefined, namespace: undefined, version: '1', signal};
const plugin = async (exec: object) =>
	runExecPlugin(exec, {cluster: {server: 'https://x'}, environment: {}, signal, isTerminal: false, lendTerminal: async use => use()});

const target = (value: object, flags: ConnectionFlags = {}) => chooseTarget(kubeconfig(value), flags);

const mistakes: ReadonlyArray<readonly [string, () => unknown]> = [
	['a flag', () => parse([`--${evil}`])],
	['a value', () => parse(['check', '-o', evil])],
	['a value with invisible characters alone', () => parse(['check', '-o', 'x\u202Ey\u{E0041}'])],
	['a number', () => parse(['demo', '--nodes', evil])],
	['--context', () => target({contexts: [{name}]}, {context: evil})],
	['current-context', () => target({'current-context': name})],
	['the cluster of a context', () => target({'current-context': name, contexts: [{name, context: {cluster: name}}]})],
	['the names to choose from', () => target({contexts: [{name, context: {}}]})],
	['a server address', () => target({}, {server: evil})],
	['a file that is no kubeconfig', () => parseKubeconfig(': [', name)],
	['a kubeconfig of another kind', () => kubeconfig({kind: name})],
	['a name that is there twice', () => kubeconfig({contexts: [{name}, {name}]})],
	['a folder in place of a kubeconfig', async () => readKubeconfigFile('/proc', signal)],
	[
		'a plug-in that is not there',
		async () => plugin({apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never', command: `/x/${name}`}),
	],
	['a plug-in of another version', async () => plugin({apiVersion: name, command: name})],
	['--from', async () => loadEvidence(name, signal)],
	['a node', async () => clusterEvidence(fakeCluster({objects: clusterObjects(['node-1'])}), {...question, nodes: [name]})],
	[
		'a selector',
		async () =>
			clusterEvidence(fakeCluster({objects: {...clusterObjects(['node-1']), '/api/v1/nodes': []}}), {...question, selector: evil}),
	],
];

describe('an error', () => {
	it.each(mistakes)('shows %s without control and invisible characters, in one line each', async (_, make) => {
		const error = await (async () => make())().then(
			() => undefined,
			(thrown: unknown) => thrown,
		);
		expect(error).toBeInstanceOf(ActionableError);
		const {message, hint} = error as ActionableError;
		for (const text of [message, hint]) expect(text).not.toMatch(raw);
		expect(message + hint).not.toContain('\n');
	});

	it('of the system is shown the same way', () => {
		expect(messageOf(new Error(evil))).not.toMatch(raw);
		expect(messageOf(evil)).not.toMatch(raw);
	});
});

describe('a word typed with a line break', () => {
	it.each([
		['a folder that goes into a manifest', ['manifest', 'daemonset', '--cni-bin-dir', '/opt/cni/bin\nkind: Pod']],
		['an image', ['check', '--image', 'a\nb']],
		['one of several', ['fix', '--portmap', '/portmap', '--portmap', 'https://x/\r\ny']],
		['a node', ['check', 'node-1\nnode-2']],
		['an escape sequence', ['check', '--context', '\u001B[2J']],
	])('is refused: %s', (_, words) => {
		expect(() => parse(words)).toThrow(UsageError);
		expect(() => parse(words)).toThrow(/control character/u);
	});

	it('is no word with letters of any language', () => {
		expect(parse(['check', '--context', 'prod-östlich-東']).typed).toEqual({context: 'prod-östlich-東'});
	});
});

describe('an object of the API', () => {
	const objects = clusterObjects(['node-1', 'node-2']);
	const paths = textPaths(objects).filter(path => path.includes('.'));

	it.each([...paths, 'everything'])('gives printable evidence with a hostile %s', async path => {
		const evil = poisoned(objects, each => path === 'everything' || each === path) as Record<string, unknown>;
		const {evidence} = await clusterEvidence(fakeCluster({objects: evil}), question);
		const texts = textPaths(evidence);
		expect(texts.length).toBeGreaterThan(20);
		expect(JSON.stringify(evidence)).not.toMatch(raw);
		expect(JSON.stringify(evidence)).not.toMatch(/\\u(?:00[01]|d[89a-f])/iu);
	});
});
