import {readFileSync} from 'node:fs';
import {expect, test} from 'vitest';
import {loadedFile} from '../../source/cilium/loaded-file.ts';
import {neededConfiguration, saysTheSame} from '../../source/cilium/needed-configuration.ts';

type Form = {fixture: string; file: string};
type Index = {ranges: Array<{minors: string[]; plain: Form; portmap: Form}>};

const fixture = (name: string) => readFileSync(new URL(`conflist/${name}`, import.meta.url), 'utf8');
const index = JSON.parse(fixture('index.json')) as Index;
const cases = index.ranges.flatMap(({minors, plain, portmap}) =>
	minors.flatMap(minor => [
		{minor, form: 'plain' as const, ...plain},
		{minor, form: 'portmap' as const, ...portmap},
	]),
);

test('the fixtures cover every minor from 1.8 to 1.20', () => {
	expect(new Set(cases.map(({minor}) => minor)).size).toBe(13);
});

test.each(cases)('Cilium $minor writes $file in the form $form', ({minor, form, fixture: name, file}) => {
	const needed = neededConfiguration(`${minor}.3`, form);
	expect(needed?.fileName).toBe(file);
	expect(JSON.parse(needed?.content ?? '')).toEqual(JSON.parse(fixture(name)));
	expect(saysTheSame(needed?.content ?? '', fixture(name))).toBe(true);
});

test('the layout is the one of the script up to 1.13 and of the agent from 1.14', () => {
	expect(neededConfiguration('1.10.16', 'portmap')?.content).toBe(
		'{\n  "cniVersion": "0.3.1",\n  "name": "portmap",\n  "plugins": [\n    {\n       "name": "cilium",\n       "type": "cilium-cni",\n       "enable-debug": false\n    },\n    {\n      "type": "portmap",\n      "capabilities": {"portMappings": true}\n    }\n  ]\n}\n',
	);
	expect(neededConfiguration('1.17.4', 'plain')?.content).toBe(
		'\n{\n  "cniVersion": "0.3.1",\n  "name": "cilium",\n  "plugins": [\n    {\n       "type": "cilium-cni",\n       "enable-debug": false,\n       "log-file": "/var/run/cilium/cilium-cni.log"\n    }\n  ]\n}',
	);
});

// Without chaining the agent ends the file with no newline, and with portmap with one.
test.each(['1.15.19/none', '1.15.19/portmap', '1.20.2/none', '1.20.2/portmap'])('%s: to the byte what the agent wrote', recording => {
	const [version = '', form] = recording.split('/');
	const written = readFileSync(new URL(`../evidence/recordings/${recording}/05-cilium.conflist`, import.meta.url), 'utf8');
	expect(neededConfiguration(version, form === 'portmap' ? 'portmap' : 'plain')?.content).toBe(written);
});

test('debug and log file are the cluster’s own', () => {
	const needed = neededConfiguration('1.17.4', 'portmap', {enableDebug: true, logFile: '/var/log/a "b".log'});
	expect(JSON.parse(needed?.content ?? '')).toMatchObject({
		plugins: [{'enable-debug': true, 'log-file': '/var/log/a "b".log'}, {type: 'portmap'}],
	});
});

test.each(['1.7.16', '', 'latest'])('for Cilium %j nothing is claimed', version => {
	expect(neededConfiguration(version, 'portmap')).toBeUndefined();
});

test('two files say the same whatever their layout and order, and not when a value differs', () => {
	expect(saysTheSame('{"a":1,"b":[1]}', '{ "b": [1], "a": 1 }')).toBe(true);
	expect(saysTheSame('{"a":1}', '{"a":2}')).toBe(false);
	expect(saysTheSame('{"a":1}', '[["a",1]]')).toBe(false);
	expect(saysTheSame('garbage', 'garbage ')).toBe(false);
});

test('the runtime loads the first file by name, backups and other endings aside', () => {
	const files = [
		{name: '10-kindnet.conflist.cilium_bak', content: '{}'},
		{name: '05-cilium.conflist', content: '{"name":"cilium","plugins":[{"type":"cilium-cni"}]}'},
		{name: '00-readme.txt', content: ''},
		{name: '000-cilium-portmap.conflist', content: '{"name":"portmap","plugins":[{"type":"cilium-cni"},{"type":"portmap"}]}'},
	];
	expect(loadedFile(files)).toMatchObject({
		file: {name: '000-cilium-portmap.conflist'},
		network: 'portmap',
		plugins: ['cilium-cni', 'portmap'],
		withoutPortMappings: 'portmap',
		problem: '',
	});
	expect(loadedFile([])).toBeUndefined();
});

test.each([
	['{"plugins":', 'not-json'],
	['[]', 'not-json'],
	['{"plugins":[]}', 'no-plugins'],
	['{"plugins":[null, 1, {"type": 2}]}', 'no-plugins'],
])('a first file that holds %j is still the first, with its problem told', (content, problem) => {
	expect(loadedFile([{name: '05-cilium.conflist', content}])).toMatchObject({plugins: [], problem});
});

test('a file of which only the head was read is not judged', () => {
	expect(loadedFile([{name: '05-cilium.conflist', content: '{"plugins":', truncated: true}])?.problem).toBe('too-long');
});
