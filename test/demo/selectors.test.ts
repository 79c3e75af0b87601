import {describe, expect, test} from 'vitest';
import type {StoredObject} from '../../source/demo/api/object-store.ts';
import {fieldFilter, labelFilter} from '../../source/demo/api/selectors.ts';

const pod = (labels: Record<string, string>): StoredObject => ({
	apiVersion: 'v1',
	kind: 'Pod',
	metadata: {name: 'one', namespace: 'default', labels},
	spec: {nodeName: 'node-1', hostNetwork: true},
	status: {phase: 'Running'},
});

describe('label selectors', () => {
	test.each([
		['', true],
		['app=web', true],
		['app==web', true],
		['app!=web', false],
		['tier!=front', true],
		['app', true],
		['!app', false],
		['!tier', true],
		['app in (db, web)', true],
		['app notin (db,web)', false],
		['tier notin (front)', true],
		['app=web,run in (a,b)', true],
		['app=web,run in (c)', false],
		['empty=', true],
		['app=', false],
	])('%j chooses: %s', (selector, chosen) => {
		expect(labelFilter(selector)(pod({app: 'web', run: 'a', empty: ''}))).toBe(chosen);
	});

	test.each(['app in web', 'a b', '=x'])('%j is refused', selector => {
		expect(() => labelFilter(selector)).toThrow(expect.objectContaining({code: 400}) as Error);
	});
});

describe('field selectors', () => {
	test.each([
		['metadata.name=one', true],
		['metadata.name!=one', false],
		['spec.nodeName=node-1,status.phase=Running', true],
		['spec.nodeName=node-2,status.phase=Running', false],
		['spec.hostNetwork=true', true],
	])('%j chooses: %s', (selector, chosen) => {
		expect(fieldFilter(selector, 'Pod')(pod({}))).toBe(chosen);
	});

	test.each([
		['spec.nodeName=node-1', 'ConfigMap'],
		['metadata.name', 'Pod'],
		['metadata.labels.app=web', 'Pod'],
	])('%j of a %s is refused, as by a real server', (selector, kind) => {
		expect(() => fieldFilter(selector, kind)).toThrow(expect.objectContaining({code: 400}) as Error);
	});
});
