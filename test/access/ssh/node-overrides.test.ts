import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {nodeAddress} from '../../../source/access/ssh/node-address.ts';
import {nodeOverridesPath} from '../../../source/access/ssh/node-overrides-path.ts';
import {choicesFor, readNodeOverrides} from '../../../source/access/ssh/node-overrides.ts';
import {testFolder} from './support/ssh-server.ts';

let folder: ReturnType<typeof testFolder>;
beforeEach(() => {
	folder = testFolder();
});
afterEach(() => folder.remove());

describe('node overrides', () => {
	it('lie where XDG_CONFIG_HOME says, else below ~/.config', () => {
		expect(nodeOverridesPath({XDG_CONFIG_HOME: '/x'})).toBe('/x/kubectl-hostport/nodes.yaml');
		expect(nodeOverridesPath({XDG_CONFIG_HOME: 'relative'})).toMatch(/\/\.config\/kubectl-hostport\/nodes\.yaml$/u);
	});

	it('say nothing where there is no file or an empty one', async () => {
		expect(await readNodeOverrides(`${folder.path}/none.yaml`)).toEqual([]);
		expect(await readNodeOverrides(folder.file('empty.yaml', ''))).toEqual([]);
	});

	it('hold for one node by its name before any pattern, field by field', async () => {
		const file = folder.file(
			'nodes.yaml',
			'nodes:\n  "gpu-*": {user: ubuntu, port: 2222}\n  "*": {user: core, jump: bastion}\n  gpu-1: {user: admin, address: 10.9.9.9}\n',
		);
		const overrides = await readNodeOverrides(file);
		expect(choicesFor('gpu-1', {}, overrides)).toMatchObject({user: 'admin', port: 2222, jump: 'bastion', host: '10.9.9.9'});
		expect(choicesFor('gpu-2', {}, overrides)).toMatchObject({user: 'ubuntu', port: 2222, jump: 'bastion'});
		expect(choicesFor('web-1', {}, overrides)).toMatchObject({user: 'core', jump: 'bastion'});
	});

	it('give way to the command line', async () => {
		const overrides = await readNodeOverrides(folder.file('nodes.yaml', 'nodes: {a: {user: core, address: 10.9.9.9}}'));
		expect(choicesFor('a', {user: 'root', address: 'external'}, overrides)).toMatchObject({user: 'root', address: 'external'});
		expect(choicesFor('a', {address: 'external'}, overrides)).not.toHaveProperty('host');
	});

	it.each(['nodes: [', 'nodes: {a: {usr: x}}', 'nodes: {a: {port: 70000}}', 'hosts: {}', '[1]'])(
		'are refused with the reason: %s',
		async text => {
			await expect(readNodeOverrides(folder.file('nodes.yaml', text))).rejects.toMatchObject({name: 'UsageError', exitCode: 2});
		},
	);
});

describe('the address of a node', () => {
	const addresses = [
		{type: 'Hostname', address: 'node-1.internal'},
		{type: 'InternalIP', address: '10.0.0.1'},
		{type: 'ExternalIP', address: '203.0.113.1'},
	];

	it('is the internal one unless another is asked for', () => {
		expect(nodeAddress({name: 'node-1', addresses}, undefined)).toBe('10.0.0.1');
		expect(nodeAddress({name: 'node-1', addresses}, 'external')).toBe('203.0.113.1');
		expect(nodeAddress({name: 'node-1', addresses}, 'hostname')).toBe('node-1.internal');
		expect(nodeAddress({name: 'node-1', addresses: []}, undefined)).toBe('node-1');
	});

	it('is an error that names what there is, where the one asked for is missing', () => {
		expect(() => nodeAddress({name: 'node-1', addresses: addresses.slice(0, 2)}, 'external')).toThrow(
			'node node-1 has no external address',
		);
	});

	it('is refused where it could be read as an option or by a shell', () => {
		for (const address of ['-oProxyCommand=id', 'a b', '$(id)', 'a;b', ''])
			expect(() => nodeAddress({name: '-x', addresses: [{type: 'InternalIP', address}]}, undefined)).toThrow(/SSH host name/u);
	});
});
