import {existsSync, readdirSync, readFileSync} from 'node:fs';
import type {Evidence, HostPortPod, Observation} from '../../source/evidence/evidence.ts';
import {agentPodOf} from '../../source/evidence/objects/agent-pods.ts';
import {serviceOf, servicesSharing} from '../../source/evidence/objects/services.ts';
import {parseAgentStatus} from '../../source/evidence/parse-agent-status.ts';
import {parseAttached} from '../../source/evidence/parse-attached.ts';
import {parseDatapath} from '../../source/evidence/parse-datapath.ts';
import {parseNat} from '../../source/evidence/parse-nat.ts';
import {parseServiceList} from '../../source/evidence/parse-service-list.ts';
import {binary, cilium, configurationFile, evidence, node, observation, pod, workingPortmap} from './builders.ts';

/** Every recording of a real agent, as `version/state`. */
export const allRecordings: readonly string[] = ['1.15.19', '1.20.2'].flatMap(version =>
	readdirSync(new URL(`../evidence/recordings/${version}`, import.meta.url)).map(state => `${version}/${state}`),
);

const read = (recording: string, file: string): string =>
	readFileSync(new URL(`../evidence/recordings/${recording}/${file}`, import.meta.url), 'utf8');

/** Lines of a file that not every recording has. */
export function linesOf(recording: string, file: string): string[] {
	const isThere = existsSync(new URL(`../evidence/recordings/${recording}/${file}`, import.meta.url));
	return isThere ? read(recording, file).trim().split('\n').filter(Boolean) : [];
}

function podsOf(recording: string): HostPortPod[] {
	return read(recording, 'pods.txt')
		.trim()
		.split('\n')
		.map(line => {
			const [, name = '', uid = '', ip = '', ports = ''] = /^(\S+) (\S+) (\S+) (.*)$/.exec(line) ?? [];
			const listed = JSON.parse(ports) as Array<Array<{containerPort: number; hostPort: number; hostIP?: string; protocol: string}>>;
			const podIPs = ip.split(',');
			return pod(
				name.replace(/^web-.*/, 'web'),
				'node-1',
				podIPs[0] ?? '',
				listed.flat().map(({containerPort, hostPort, hostIP = '', protocol}) => ({
					container: 'c',
					init: false,
					containerPort,
					hostPort,
					hostIP,
					protocol,
				})),
				{uid, podIPs},
			);
		});
}

/** What a node would have told while a recording was made. @param recording `1.20.2/native` */
export function evidenceOf(recording: string, parts: Partial<Observation> = {}): Evidence {
	const files = read(recording, 'files.txt');
	const agentPod: unknown = JSON.parse(linesOf(recording, 'agent-pod.json').join('\n') || 'null');
	const told = (file: string): string => linesOf(recording, file).join('\n');
	const local = linesOf(recording, 'local-addresses.txt').map(line => line.split(' ')[1]?.replace(/\/\d+$/u, '') ?? '');
	const rules = (build: 'nft' | 'legacy') =>
		([4, 6] as const).flatMap(family => [
			{key: 'nat', value: `${build}-${family}\n${told(`ip${family === 6 ? '6' : ''}tables-${build}-save.txt`)}`},
			{key: 'status', value: family === 4 || local.some(address => address.includes(':')) ? '0' : '127'},
		]);
	const seen = observation({
		agentStatus: parseAgentStatus(told('status.json')) ?? null,
		serviceEntries: parseServiceList(told('service-list.json')) ?? null,
		datapathEntries: parseDatapath(told('bpf-lb-list.json')) ?? null,
		nat: told('status.json') === '' ? {nft: null, legacy: null} : parseNat([...rules('nft'), ...rules('legacy')]),
		programDevices:
			told('bpftool-net.txt') === ''
				? null
				: parseAttached([
						{key: 'attached', value: told('bpftool-net.txt')},
						{key: 'status', value: '0'},
					]),
		agentLog: linesOf(recording, 'agent.log'),
		localAddresses: local.length === 0 ? null : local,
		configurationFolder: {
			host: '/etc/cni/net.d',
			files:
				linesOf(recording, '05-cilium.conflist').length === 0
					? []
					: [configurationFile('05-cilium.conflist', read(recording, '05-cilium.conflist'))],
		},
		binaryFolder: {
			host: '/opt/cni/bin',
			files: ['cilium-cni', 'loopback', 'portmap']
				.filter(name => files.includes(`/opt/cni/bin/${name}`))
				.map(name =>
					name === 'portmap' ? workingPortmap({versionAnswer: '{"supportedVersions":["0.3.1","0.4.0","1.0.0","1.1.0"]}'}) : binary(name),
				),
		},
		...parts,
	});
	const addresses = linesOf(recording, 'addresses.txt').map(line => {
		const [type = '', address = ''] = line.split(' ');
		return {type, address};
	});
	const one = node('node-1', '10.88.0.11', seen, {containerRuntime: 'containerd://2.2.9', ...(addresses.length > 0 && {addresses})});
	const agent = agentPodOf({spec: {nodeName: 'node-1', containers: [{name: 'cilium-agent'}]}, status: agentPod}).evidence;
	const pods = podsOf(recording);
	return evidence({
		cilium: cilium(recording.split('/')[0] ?? '', JSON.parse(read(recording, 'cilium-config.json')) as Record<string, string>),
		nodes: [agentPod === null ? one : {...one, agent: one.agent && {...one.agent, ready: agent.ready, trouble: agent.trouble}}],
		pods,
		services: servicesSharing(
			linesOf(recording, 'services.txt').map(line => serviceOf(JSON.parse(line))),
			new Set(pods.flatMap(({ports}) => ports.map(({hostPort}) => hostPort))),
		),
	});
}
