import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {subjectOf, subjectText} from '../../source/cluster/request-subject.ts';

test.each([
	['GET', '/api/v1/nodes', 'list nodes'],
	['GET', '/api/v1/nodes/node-1', 'get nodes "node-1"'],
	['GET', '/api/v1/namespaces', 'list namespaces'],
	['GET', '/api/v1/namespaces/kube-system', 'get namespaces "kube-system"'],
	['GET', '/api/v1/namespaces/kube-system/pods', 'list pods in namespace kube-system'],
	['DELETE', '/api/v1/namespaces/a/pods/b', 'delete pods "b" in namespace a'],
	['DELETE', '/api/v1/namespaces/a/pods', 'deletecollection pods in namespace a'],
	['POST', '/api/v1/namespaces/a/pods', 'create pods in namespace a'],
	['POST', '/api/v1/namespaces/a/pods/b/eviction', 'create pods/eviction "b" in namespace a'],
	['GET', '/api/v1/namespaces/a/pods/b/exec', 'run a command in pod a/b'],
	['PATCH', '/apis/apps/v1/namespaces/a/daemonsets/b', 'patch daemonsets.apps "b" in namespace a'],
	['PUT', '/apis/cilium.io/v2/ciliumnodes/x/status', 'update ciliumnodes.cilium.io/status "x"'],
	['GET', '/readyz', 'get /readyz'],
	['GET', '/api', 'get /api'],
])('%s %s is to %s', (method, path, text) => {
	expect(subjectText(subjectOf(method, path))).toBe(text);
});

test('any path is described', () => {
	fc.assert(
		fc.property(fc.oneof(fc.webPath(), fc.string()), path => {
			expect(subjectText(subjectOf('GET', path))).not.toBe('');
		}),
	);
});
