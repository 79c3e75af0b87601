import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {PassThrough} from 'node:stream';
import {expect, it} from 'vitest';
import type {Evidence} from '../../source/evidence/evidence.ts';
import {saveEvidence} from '../../source/evidence/evidence-file.ts';
import {configurationFile} from '../diagnosis/builders.ts';
import {healthyNativeEvidence, healthyPortmapEvidence, pathlessEvidence, withObservation} from '../diagnosis/scenes.ts';
import {runHere} from '../support/program.ts';

async function diff(evidence: Evidence): Promise<{code: number | null; out: string; err: string}> {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'hostport-'));
	try {
		const file = path.join(folder, 'evidence.json');
		await saveEvidence(file, evidence, {stdout: new PassThrough(), signal: AbortSignal.timeout(30_000)});
		const {code, output, errors} = await runHere(['diff', '--from', file]);
		return {code, out: output, err: errors};
	} finally {
		rmSync(folder, {recursive: true});
	}
}

/** Every node joins the list of another network, as `generic-veth` does. */
function joined(base: Evidence, plugins: readonly unknown[]): Evidence {
	const files = [configurationFile('05-cilium.conflist', {cniVersion: '0.3.1', name: 'azure', plugins})];
	const configMap = base.cilium?.configMap;
	const seen = base.nodes.reduce((all, {name}) => withObservation(all, name, {configurationFolder: {host: '/etc/cni/net.d', files}}), base);
	return configMap && seen.cilium
		? {
				...seen,
				cilium: {...seen.cilium, configMap: {...configMap, data: {...configMap.data, 'cni-chaining-mode': 'generic-veth'}}},
			}
		: seen;
}

const azure = {type: 'azure-vnet'};
const cilium = {type: 'cilium-cni'};
const portmap = {type: 'portmap', capabilities: {portMappings: true}};

it('shows what the repair changes, and ends with 1', async () => {
	const {code, out} = await diff(pathlessEvidence('1.17.4'));
	expect(code).toBe(1);
	expect(out).toContain('+cni-chaining-mode: portmap');
});

it('shows what it can where a node did not show its CNI file, names the node, and ends with 3', async () => {
	const {code, out, err} = await diff(withObservation(pathlessEvidence('1.17.4'), 'node-1', {configurationFolder: null}));
	expect(code).toBe(3);
	expect(out).toContain('+cni-chaining-mode: portmap');
	expect(err).toMatch(/^node-1: its CNI file was not read: /mu);
});

it('shows nothing of a list that the repair refuses to touch, says why, and ends with 3', async () => {
	const {code, out, err} = await diff(joined(pathlessEvidence('1.17.4'), [azure, cilium]));
	expect({code, out}).toEqual({code: 3, out: ''});
	expect(err).toContain('portmap is not possible: cni-chaining-mode is generic-veth');
	expect(err).toContain("Add portmap to that network's own CNI config");
});

it('shows nothing where such a list serves hostPort, and ends with 0', async () => {
	const {code, out} = await diff(joined(healthyPortmapEvidence('1.17.4'), [azure, portmap, cilium]));
	expect({code, out}).toEqual({code: 0, out: ''});
});

it('says nothing of a strategy that serves already, whatever else ails a node', async () => {
	const base = healthyNativeEvidence('1.19.6');
	const zero = base.pods.map(pod => ({...pod, ports: pod.ports.map(port => ({...port, hostIP: '0.0.0.0'}))}));
	const dead = base.nodes.reduce((all, {name}) => withObservation(all, name, {serviceEntries: [], datapathEntries: []}), {
		...base,
		kubeProxyMode: 'iptables',
		pods: zero,
	});
	expect(await diff(dead)).toEqual({code: 0, out: '', err: ''});
});
