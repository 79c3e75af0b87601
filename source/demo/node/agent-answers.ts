import type {AgentState} from './agent-state.ts';
import {cniFile} from './cni-file.ts';
import type {PortMapping} from './port-mappings.ts';

type AgentView = {
	readonly agent: AgentState;
	readonly nodeIP: string;
	/** `v1.26.9`. */
	readonly kubernetes: string;
	/** hostPorts of every pod that runs on the node: what an agent that serves hostPort itself has entries for. */
	readonly hostPorts: readonly PortMapping[];
};

/** What the agent's own command line prints; keys are the file names that the stand-in `cilium` (stand-in-commands.ts) looks for. */
export function agentAnswers({agent, nodeIP, kubernetes, hostPorts}: AgentView): Record<string, string> {
	const services = [clusterService, ...(agent.hostPort ? hostPortServices(nodeIP, hostPorts) : [])];
	const version = `${agent.version} 1c466d26 2023-12-11T10:12:09+00:00 go version go1.18.10 linux/amd64`;
	return {
		'status.json': `${JSON.stringify(statusJson(agent, nodeIP), null, 2)}\n`,
		'status.txt': statusText(agent, kubernetes),
		'services.json': `${JSON.stringify(services, null, 2)}\n`,
		'services.txt': servicesText(services),
		'version.txt': `Client: ${version}\nDaemon: ${version}\n`,
	};
}

/** Mode words: Disabled, Partial, Probe, Strict; True and False from 1.14. */
const modeWord = (mode: string): string => mode.charAt(0).toUpperCase() + mode.slice(1);

/** `enabled` is omitted where it is false, as Go's omitempty does; `cni-chaining` and `cni-file` came with 1.14. */
function statusJson(agent: AgentState, nodeIP: string): unknown {
	const on = {enabled: true};
	const file = cniFile(agent);
	return {
		cilium: {msg: `${agent.version} (v${agent.version}-1c466d26)`, state: 'Ok'},
		cluster: {ciliumHealth: {state: 'Ok'}},
		...(agent.minor >= 14 && {
			'cni-chaining': {mode: agent.chainingMode},
			'cni-file': file
				? {msg: `successfully wrote CNI configuration file to /host/etc/cni/net.d/${file.name}`, state: 'Ok'}
				: {msg: 'CNI configuration management disabled', state: 'Disabled'},
		}),
		'host-firewall': {mode: agent.configuration['enable-host-firewall'] === 'true' ? 'Enabled' : 'Disabled'},
		'kube-proxy-replacement': {
			...(agent.nodePort && {deviceList: [{ip: [nodeIP], name: 'eth0'}], devices: ['eth0'], directRoutingDevice: 'eth0'}),
			features: {
				externalIPs: agent.nodePort ? on : {},
				hostPort: agent.hostPort ? on : {},
				...(agent.minor <= 11
					? {hostReachableServices: agent.nodePort ? {...on, protocols: ['TCP', 'UDP']} : {}}
					: {socketLB: agent.nodePort ? on : {}}),
				nodePort: agent.nodePort
					? {...on, acceleration: 'Disabled', algorithm: 'Random', mode: 'SNAT', portMax: 32767, portMin: 30000}
					: {},
				sessionAffinity: agent.nodePort ? on : {},
			},
			mode: modeWord(agent.kubeProxyReplacement),
		},
		kubernetes: {state: 'Ok'},
	};
}

const word = (on: boolean): string => (on ? 'Enabled' : 'Disabled');

function statusText(agent: AgentState, kubernetes: string): string {
	const file = cniFile(agent);
	const nodePort = agent.nodePort ? 'Enabled (Range: 30000-32767) ' : 'Disabled';
	return [
		'KVStore:                 Ok   Disabled',
		`Kubernetes:              Ok   ${/\d+\.\d+/u.exec(kubernetes)?.[0]} (${kubernetes}) [linux/amd64]`,
		`KubeProxyReplacement:    ${modeWord(agent.kubeProxyReplacement)}`,
		`Host firewall:           ${word(agent.configuration['enable-host-firewall'] === 'true')}`,
		...(agent.minor >= 14
			? [
					`CNI Chaining:            ${agent.chainingMode}`,
					`CNI Config file:         ${file ? `successfully wrote CNI configuration file to /host/etc/cni/net.d/${file.name}` : 'CNI configuration management disabled'}`,
				]
			: []),
		`Cilium:                  Ok   ${agent.version} (v${agent.version}-1c466d26)`,
		'KubeProxyReplacement Details:',
		`  Status:                ${modeWord(agent.kubeProxyReplacement)}`,
		`  Session Affinity:      ${word(agent.nodePort)}`,
		'  Services:',
		'  - ClusterIP:      Enabled',
		`  - NodePort:       ${nodePort}`,
		`  - LoadBalancer:   ${word(agent.nodePort)} `,
		`  - externalIPs:    ${word(agent.nodePort)} `,
		`  - HostPort:       ${word(agent.hostPort)}`,
		'',
	].join('\n');
}

type Service = {
	readonly spec: {
		readonly id: number;
		readonly flags: {readonly type: string; readonly name: string; readonly namespace: string};
		readonly 'frontend-address': {readonly ip: string; readonly port: number; readonly protocol: string};
		readonly 'backend-addresses': readonly {readonly ip: string; readonly port: number}[];
	};
};

const clusterService: Service = {
	spec: {
		id: 1,
		flags: {type: 'ClusterIP', name: 'kubernetes', namespace: 'default'},
		'frontend-address': {ip: '10.96.0.1', port: 443, protocol: 'TCP'},
		'backend-addresses': [{ip: '192.168.1.10', port: 6443}],
	},
};

function hostPortServices(nodeIP: string, mappings: readonly PortMapping[]): Service[] {
	const ports = mappings.flatMap(({podIP, ports}) => ports.map(port => ({podIP, ...port})));
	return ports.map(({podIP, hostPort, containerPort, protocol = 'TCP'}, index) => ({
		spec: {
			id: index + 2,
			flags: {type: 'HostPort', name: `host-port/${hostPort}`, namespace: 'default'},
			'frontend-address': {ip: nodeIP, port: hostPort, protocol},
			'backend-addresses': [{ip: podIP, port: containerPort}],
		},
	}));
}

function servicesText(services: readonly Service[]): string {
	const rows = services.map(({spec}) => {
		const {ip, port} = spec['frontend-address'];
		const [backend] = spec['backend-addresses'];
		return `${String(spec.id).padEnd(4)} ${`${ip}:${port}`.padEnd(23)} ${spec.flags.type.padEnd(14)} 1 => ${backend?.ip}:${backend?.port}`;
	});
	return ['ID   Frontend                Service Type   Backend', ...rows, ''].join('\n');
}
