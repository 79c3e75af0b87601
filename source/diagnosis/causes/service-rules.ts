import {finding, nodesOf, type Found} from '../finding.ts';
import {isLeaving, type HostPortView} from '../host-port-view.ts';
import {selects} from '../label-selector.ts';
import {precedingRules, type PrecedingRule} from '../preceding-rules.ts';
import type {View} from '../view.ts';
import {count} from '../../words.ts';

type Service = View['evidence']['services'][number];

/** Whether the Service has the pod behind it. */
export function leadsTo({selector, namespace}: Service, pod: HostPortView['pod']): boolean {
	return (
		Object.keys(selector).length > 0 && namespace === pod.namespace && selects({matchLabels: selector, matchExpressions: []}, pod.labels)
	);
}

/**
 * kube-proxy's rule for a Service that has all packets for a hostPort before portmap's; undefined also where the pod is one of those behind
 * it, or passes on to it, as those of ServiceLB do (k3s, pkg/cloudprovider/servicelb.go).
 */
export function caughtByService(view: View, hostPort: HostPortView): PrecedingRule | undefined {
	const {mapping, diagnosis, pod, port} = hostPort;
	const node = view.nodeOf(hostPort);
	if (mapping === undefined || node === undefined || diagnosis.state !== 'wired' || isLeaving(hostPort)) return undefined;
	const rule = precedingRules(port, mapping, node).ofService;
	if (rule === undefined || pod.owner.startsWith(`DaemonSet/svclb-${nameIn(rule)}`)) return undefined;
	return serviceOf(view, rule).some(service => leadsTo(service, pod)) ? undefined : rule;
}

/** `default/web` of the comment `default/web:http`, which kube-proxy puts into each of its rules. */
const namesIn = ({line}: PrecedingRule): readonly string[] => /--comment "?([\w.-]+)\/([\w.-]+)/.exec(line)?.slice(1) ?? [];
const nameIn = (rule: PrecedingRule): string => namesIn(rule)[1] ?? '';

const serviceOf = ({evidence}: View, rule: PrecedingRule): readonly Service[] =>
	evidence.services.filter(({namespace, name}) => namespace === namesIn(rule)[0] && name === namesIn(rule)[1]);

/** Whether the Service of a rule may have the pod behind it: Services were not listed, or of one namespace alone. */
const isUnlisted = (view: View, rule: PrecedingRule): boolean =>
	serviceOf(view, rule).length === 0 && (view.evidence.namespace !== '' || view.evidence.gaps.some(({of}) => of === 'services'));

/** HP15 by rules: a Service on the port stands before the hostPort in PREROUTING. */
export function beforeMappings(view: View): Found[] {
	const caught = view.hostPorts.flatMap(hostPort => {
		const rule = caughtByService(view, hostPort);
		return rule === undefined ? [] : [{hostPort, rule}];
	});
	return [false, true].flatMap(isOpen => {
		const those = caught.filter(({rule}) => isUnlisted(view, rule) === isOpen);
		const hostPorts = those.map(({hostPort}) => hostPort);
		return finding({
			nodes: nodesOf(view, hostPorts),
			hostPorts,
			severity: isOpen ? 'warning' : 'error',
			title: `a Service on the same port catches the traffic of ${count(those.length, 'hostPort')}`,
			because: [
				...those.slice(0, 3).map(({hostPort: {name, pod, mapping}, rule}) => ({
					source: `nat table (${mapping?.build ?? ''}) on ${pod.node}`,
					says: `${rule.line}; kube-proxy's chains stand before portmap's in PREROUTING, and ${name} is behind them`,
				})),
				...(isOpen ? [{source: 'Services', says: 'not all were listed, so whether these pods are behind the Service is not known'}] : []),
			],
			remedy: `Change one of the two ports${isOpen ? ', unless the pod itself is behind that Service' : ''}. kube-proxy puts its chains first when it creates them, so their order cannot be relied on.`,
			verdict: () =>
				isOpen
					? {verdict: 'unknown', reason: 'a Service has the traffic of a hostPort; whether its pod is behind it is not known'}
					: undefined,
		});
	});
}

/** Which of kube-proxy's and portmap's jumps comes first; undefined where one of both was not seen. */
export function firstJump(view: View, hostPort: HostPortView): 'KUBE-SERVICES' | 'CNI-HOSTPORT-DNAT' | undefined {
	const jumps = rulesOf(view, hostPort).filter(line => line.startsWith('-A PREROUTING '));
	const [services = -1, portmap = -1] = ['KUBE-SERVICES', 'CNI-HOSTPORT-DNAT'].map(chain =>
		jumps.findIndex(line => line.includes(`-j ${chain}`)),
	);
	if (services < 0 || portmap < 0) return undefined;
	return services < portmap ? 'KUBE-SERVICES' : 'CNI-HOSTPORT-DNAT';
}

/** The same to stand behind a line of proof. */
export const orderWords = (first: ReturnType<typeof firstJump>): string => (first === undefined ? '' : `; ${first} comes first`);

/** Whether kube-proxy's rules for node ports were read: evidence of before has none of them. */
export const areNodePortsRead = (view: View, hostPort: HostPortView): boolean =>
	rulesOf(view, hostPort).some(line => line.endsWith(' -j KUBE-NODEPORTS') || line.startsWith('-A KUBE-NODEPORTS '));

function rulesOf(view: View, hostPort: HostPortView): readonly string[] {
	const build = hostPort.mapping?.build;
	return build === 'nft' || build === 'legacy' ? (view.nodeOf(hostPort)?.observation?.nat[build]?.rules ?? []) : [];
}
