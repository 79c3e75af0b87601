import {afterAll, beforeAll, expect, it} from 'vitest';
import type {Proof} from '../../source/proof/proof.ts';
import {openFaultyDemo, type FaultyDemo} from '../support/faulty-demo.ts';
import {runHere, type Ended} from '../support/program.ts';

let faulty: FaultyDemo;
beforeAll(async () => {
	faulty = await openFaultyDemo({scene: 'healthy', nodes: 2});
});
afterAll(async () => faulty.close());
const verify = async (...words: readonly string[]): Promise<Ended> => runHere(['verify', ...words], faulty.environment);
const proofOf = ({output}: Ended): Proof => JSON.parse(output) as Proof;

it('connects from this machine too, unless told not to', async () => {
	const placesOf = (proof: Proof): ReadonlySet<string> => new Set(proof.results.map(({from}) => from));
	const onDemo = async (...words: readonly string[]): Promise<Ended> =>
		runHere(['demo', 'verify', '--scene=healthy', '--nodes=2', '-o', 'json', ...words]);
	const [with_, without] = [await onDemo(), await onDemo('--skip-client')];
	expect({codes: [with_.code, without.code], errors: with_.errors + without.errors}).toEqual({codes: [0, 0], errors: ''});
	expect(placesOf(proofOf(with_))).toContain('client');
	expect(placesOf(proofOf(without))).not.toContain('client');
});

it('prints a table with its summary, in the order asked for, and ends with 0 where all of them answered', async () => {
	const {code, output, errors} = await verify('--skip-client', '--no-headers', '--sort-by=.results[*].address');
	expect({code, errors}).toEqual({code: 0, errors: ''});
	const [table = ''] = output.split('\n\n');
	const addresses = table.split('\n').map(row => row.split(/ {2,}/u)[2]);
	// One place after the other, though the pods behind them take turns.
	expect(addresses.filter((address, index) => address !== addresses[index - 1])).toHaveLength(new Set(addresses).size);
	expect(addresses[0]).toBe('127.0.0.1');
	expect(output).toMatch(/\n12 of 12 connections work, and 6 of 6 to the loopback address\n$/u);
});

it('says from where nothing was tried where one node was named', async () => {
	const {output: names} = await runHere(['check', '-o', 'custom-columns=N:.nodes[*].name', '--no-headers'], faulty.environment);
	const [node = '', other = ''] = names.split('\n');
	expect((await verify('--skip-client', node)).errors).toMatch(new RegExp(`^nothing was tried from another node: only ${node} `, 'u'));
	expect((await verify('--skip-client', node, other)).errors).toBe('');
});

it('where no pod has a hostPort nothing failed, but waiting for one proved nothing', async () => {
	const none = ['--skip-client', '-n', 'kube-public'];
	const once = await verify(...none);
	expect(once).toMatchObject({code: 0, errors: expect.stringContaining('no selected pod has a hostPort') as string});
	expect((await verify(...none, '--wait=0')).code).toBe(3);
	expect((await verify('--skip-client', '--wait=0')).code).toBe(0);
});

it('tells what could not be read, and ends with 3 for it', async () => {
	faulty.proxy.set('forbidden', ({url}) => url?.includes('/services') === true);
	const {code, errors} = await verify('--skip-client', '-o', 'name');
	faulty.proxy.set(undefined);
	expect(errors).toMatch(/^could not read services: /u);
	expect(code).toBe(3);
});
