import {printableLine} from '../foreign-text.ts';
import type {AgentStatus} from './evidence.ts';
import {at, jsonOf, listOf, numberOf, objectOf, textOf} from './untyped.ts';

/**
 * The agent's `status -o json` (Cilium api/v1/models: StatusResponse, KubeProxyReplacement).
 * Undefined where the text is not that. `enabled` is omitted of the JSON where it is false.
 */
export function parseAgentStatus(answer: string): AgentStatus | undefined {
	// A warning on stderr may stand before the answer.
	const status = objectOf(jsonOf(answer.slice(Math.max(0, answer.search(/^\{/mu)))));
	const replacement = at(status, 'kube-proxy-replacement');
	if (at(status, 'cilium') === undefined && replacement === undefined) return undefined;
	const nodePort = at(replacement, 'features', 'nodePort');
	const [from, to] = [numberOf(at(nodePort, 'portMin')), numberOf(at(nodePort, 'portMax'))];
	const deviceList = listOf(at(replacement, 'deviceList'));
	const devices = deviceList.length > 0 ? deviceList.map(device => at(device, 'name')) : listOf(at(replacement, 'devices'));
	const failing = failingControllers(listOf(at(status, 'controllers')));
	const message = textOf(at(status, 'cilium', 'msg')).slice(0, 200);
	return {
		version: /\d+\.\d+\.\d+(?:-[\w.]+)?/u.exec(message)?.[0] ?? '',
		kubeProxyReplacement: word(at(replacement, 'mode')),
		hostPortEnabled: at(replacement, 'features', 'hostPort', 'enabled') === true,
		nodePortEnabled: at(nodePort, 'enabled') === true,
		...(failing.length > 0 && {failing}),
		// Cilium daemon/cmd/status.go: GetStatus answers so until every probe has run once.
		...(/not all probes executed/iu.test(message) && {starting: true}),
		socketLoadBalancing: socketLoadBalancingIn(at(replacement, 'features')),
		nodePortRange: from === undefined || to === undefined ? null : {from, to},
		chainingMode: word(at(status, 'cni-chaining', 'mode')),
		cniFile: printableLine(textOf(at(status, 'cni-file', 'msg'))),
		devices: words(devices),
		// With empty texts among them (recordings of 1.15.19 and 1.20.2).
		deviceAddresses: words(deviceList.flatMap(device => listOf(at(device, 'ip')))),
		hostFirewall: printableLine(textOf(at(status, 'host-firewall', 'mode')), 64),
	};
}

/** `socketLB` since 1.12, `hostReachableServices` before (api/v1/models: KubeProxyReplacementFeatures). */
function socketLoadBalancingIn(features: unknown): boolean | null {
	const told = at(features, 'socketLB') ?? at(features, 'hostReachableServices');
	return told === undefined ? null : at(told, 'enabled') === true;
}

/** Controllers whose last tries failed (api/v1/models: ControllerStatus); counts that are 0 are omitted of the JSON. */
function failingControllers(controllers: readonly unknown[]): NonNullable<AgentStatus['failing']> {
	return controllers
		.filter(controller => (numberOf(at(controller, 'status', 'consecutive-failure-count')) ?? 0) > 0)
		.slice(0, 20)
		.map(controller => ({
			name: printableLine(textOf(at(controller, 'name')), 128),
			message: printableLine(textOf(at(controller, 'status', 'last-failure-msg')), 500),
		}));
}

function words(values: readonly unknown[]): string[] {
	return values
		.slice(0, 64)
		.map(value => printableLine(textOf(value), 64))
		.filter(value => value !== '');
}

function word(value: unknown): string {
	return printableLine(textOf(value), 64).toLowerCase();
}
