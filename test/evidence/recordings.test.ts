import {copyFile, rm} from 'node:fs/promises';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {nodeScript} from '../../source/evidence/node-script.ts';
import {agentPodOf} from '../../source/evidence/objects/agent-pods.ts';
import {serviceOf} from '../../source/evidence/objects/services.ts';
import {parseAgentStatus} from '../../source/evidence/parse-agent-status.ts';
import {parseDatapath} from '../../source/evidence/parse-datapath.ts';
import {parseNodeOutput} from '../../source/evidence/parse-node-output.ts';
import {parseServiceList} from '../../source/evidence/parse-service-list.ts';
import {addCommand, makeNodeFolder, runOnNode, type NodeFolder} from './node-folder.ts';

// Each recording stands for its node: what the agent's image has answers with it, and the script that nodes are sent is asked.

const all = ['1.15.19', '1.20.2'].flatMap(version =>
	readdirSync(new URL(`recordings/${version}`, import.meta.url)).map(state => `${version}/${state}`),
);
const marker = '0123456789abcdef';
let node: NodeFolder;
beforeEach(async () => {
	node = await makeNodeFolder();
});
afterEach(async () => rm(node.root, {recursive: true, force: true}));

describe.each(all)('%s', recording => {
	const fileOf = (name: string): string => new URL(`recordings/${recording}/${name}`, import.meta.url).pathname;
	const read = (name: string): string => (existsSync(fileOf(name)) ? readFileSync(fileOf(name), 'utf8') : '');
	const answers = existsSync(fileOf('status.json'));

	/** A program that answers one command line with a file, and every other as one that knows no such thing. */
	async function answering(name: string, files: Readonly<Record<string, string>>): Promise<void> {
		const cases = Object.entries(files).map(([words, file]) => `"${words}") exec cat "${fileOf(file)}" ;;`);
		await addCommand(node, name, `case "$*" in ${cases.join(' ')} *) echo "unknown: $*" >&2; exit 1 ;; esac`);
	}

	async function seen(form: 'json' | 'txt') {
		const lists =
			form === 'json'
				? {'service list -o json': 'service-list.json', 'bpf lb list -o json': 'bpf-lb-list.json'}
				: {'service list -o json': 'service-list.json', 'bpf lb list': 'bpf-lb-list.txt'};
		await answering('cilium-dbg', {'status -o json': 'status.json', ...lists});
		for (const save of ['iptables-nft-save', 'iptables-legacy-save', 'ip6tables-nft-save', 'ip6tables-legacy-save']) {
			await addCommand(node, save, existsSync(fileOf(`${save}.txt`)) ? `exec cat "${fileOf(`${save}.txt`)}"` : 'exit 127');
		}

		// This machine may have one of its own.
		await answering('bpftool', existsSync(fileOf('bpftool-net.txt')) ? {'net show': 'bpftool-net.txt'} : {});
		if (existsSync(fileOf('05-cilium.conflist')))
			await copyFile(fileOf('05-cilium.conflist'), join(node.configuration, '05-cilium.conflist'));
		const command = ['sh', '-s', '--', `marker=${marker}`, `conf=${node.configuration}`, 'agent=1', 'nat=1'];
		const {stdout} = await runOnNode(node, command, nodeScript);
		return parseNodeOutput(Buffer.from(stdout).toString(), {marker, configurationFolder: '/etc/cni/net.d', binaryFolder: undefined});
	}

	test.runIf(answers)('is read through the script as it is read whole', async () => {
		const {agentStatus, serviceEntries, datapathEntries, nat, programDevices, configurationFolder, errors} = await seen('json');
		expect(errors).toEqual([]);
		expect(agentStatus).toEqual(parseAgentStatus(read('status.json')));
		expect(agentStatus?.version).toBe(recording.split('/')[0]);
		expect(serviceEntries).toEqual(parseServiceList(read('service-list.json')));
		expect(datapathEntries).toEqual(parseDatapath(read('bpf-lb-list.json')));
		// Rules that lead nowhere near a hostPort are left on the node.
		expect(nat.nft?.rules.filter(rule => rule.includes('CNI-'))).toEqual(read('iptables-nft-save.txt').match(/^[:-].*CNI-.*$/gmu) ?? []);
		expect(nat.nft?.rules6.filter(rule => rule.includes('CNI-'))).toEqual(read('ip6tables-nft-save.txt').match(/^[:-].*CNI-.*$/gmu) ?? []);
		expect(programDevices === null).toBe(read('bpftool-net.txt') === '');
		expect(configurationFolder?.files.map(({content}) => content)).toEqual([read('05-cilium.conflist')]);
	});

	test.runIf(answers)('has the same entries as text', async () => {
		const sorted = (entries: ReturnType<typeof parseDatapath> | null) => entries?.map(entry => JSON.stringify(entry)).sort();
		expect(sorted((await seen('txt')).datapathEntries)).toEqual(sorted(parseDatapath(read('bpf-lb-list.json'))));
	});

	test.runIf(existsSync(fileOf('agent-pod.json')))('its agent’s pod and Services are read', () => {
		const status: unknown = JSON.parse(read('agent-pod.json'));
		const agent = agentPodOf({spec: {nodeName: 'node-1', containers: [{name: 'cilium-agent'}]}, status});
		expect([agent.evidence.ready, agent.evidence.trouble === '']).toEqual([answers, answers]);
		for (const line of read('services.txt').trim().split('\n')) expect(serviceOf(JSON.parse(line)).ports.length).toBeGreaterThan(0);
	});
});
