import {kubeProxyOf} from '../../diagnosis/kube-proxy.ts';
import {releaseOf, whyUnknown} from '../../cilium/releases.ts';
import {isLoopback, isUnspecified} from '../../diagnosis/entry-judgement.ts';
import type {HostPortView} from '../../diagnosis/host-port-view.ts';
import type {View} from '../../diagnosis/view.ts';
import {ownershipWarning} from './lasting-form.ts';
import {planGaps} from './gaps.ts';
import {listOf, type Planning} from './planning.ts';
import type {Step, Warning} from './plan.ts';
import {stepWarnings} from '../steps/index.ts';
import {listed} from '../../words.ts';

const mostNamed = 3;

/** What has to be known before saying yes to these steps. */
export function planWarnings(planning: Planning, steps: readonly Step[]): Warning[] {
	const {view, changes, choice, nodes, unreachable} = planning;
	const daemonSet = view.evidence.cilium?.daemonSet;
	const settings = view.evidence.cilium?.configMap?.data ?? {};
	const owner = ownershipWarning(view, changes);
	const restarts = Object.keys(changes).length > 0;
	const overridden = nodes.filter(({overrides}) => overrides.some(({key, value}) => key in changes && changes[key]?.to !== value));
	const found: Array<Warning | undefined | false> = [
		...planGaps(view.evidence).map(({what, reason, hint}) => ({
			message: `${what} could not be read (${reason}): steps may be missing in this plan`,
			hint: hint || 'Stop here and run fix again when it can be read',
		})),
		whyUnknown(view.version) !== '' && {
			message: whyUnknown(view.version),
			hint: 'Try it on a cluster of that version first.',
		},
		owner,
		overridden[0] !== undefined && {
			message: `${listOf(overridden)}: ${overridden[0].overrides.map(({source, key, value}) => `${source} sets ${key}=${value}`).join(', ')}, which overrides cilium-config`,
			hint: 'Change it there too; otherwise the repair stops at that node.',
		},
		restarts &&
			daemonSet?.updateStrategy === 'OnDelete' && {
				message: `The DaemonSet ${daemonSet.name} uses the update strategy OnDelete`,
				hint: 'The repair deletes its pods one by one and waits for each.',
			},
		restarts &&
			view.evidence.networkPolicies.some(({kind}) => kind.startsWith('Cilium')) && {
				message: 'Cilium network policies are in use: while an agent restarts, L7 and DNS rules do not answer (some seconds per node)',
				hint: 'Choose a quiet hour if that matters.',
			},
		choice.strategy === 'portmap' &&
			nodes.some(({node}) => node.containerRuntime.startsWith('cri-o://')) && {
				message: 'Some nodes run CRI-O, which maps hostPorts itself',
				hint: 'portmap changes nothing there (HP17).',
			},
		choice.strategy === 'portmap' &&
			kubeProxyOf(view.evidence).mode === 'ipvs' && {
				message: 'kube-proxy runs in IPVS mode: portmap before 0.7.5 takes the traffic of Services on the same port (CVE-2019-9946)',
				hint: 'Use portmap 1.9.1 or later.',
			},
		...clashes(view),
		...stepWarnings(planning, steps),
		...(choice.strategy === 'native' ? nativeLimits(view) : []),
		settings['enable-l7-proxy'] === 'true' &&
			restarts &&
			view.evidence.networkPolicies.length > 0 && {
				message: 'The L7 proxy is on: connections that go through it break when the agent restarts',
				hint: 'Clients have to reconnect.',
			},
		unreachable.length > 0 && {
			message: `${listOf(unreachable)} is skipped`,
			hint: 'Run fix again when it returns, before pods are scheduled there.',
		},
	];
	return found.filter((each): each is Warning => each !== undefined && each !== false);
}

/** hostPorts that eBPF does not serve as their pods ask for it, on this version (packets were sent on 1.15.19 and 1.20.2). */
function nativeLimits({version, hostPorts}: View): Array<Warning | undefined> {
	const {entriesByProtocol, losesSecondProtocol, servesUnspecifiedHostIP, loopbackHostIP} = releaseOf(version);
	const of = (isConcerned: (hostPort: HostPortView) => boolean, message: string, hint: string): Warning | undefined => {
		const names = [...new Set(hostPorts.filter(isConcerned).map(({name}) => name))];
		return names.length === 0 ? undefined : {message: `${listed(names, mostNamed)}: ${message}`, hint};
	};
	/** The same port of the same node for another protocol. */
	const twins = ({pod, port}: HostPortView): HostPortView[] =>
		hostPorts.filter(
			other => other.pod.node === pod.node && other.port.hostPort === port.hostPort && other.port.protocol !== port.protocol,
		);
	const loopback = {
		private: '',
		'not-measured': 'hostIP is a loopback address: whether others reach the port was not measured on this version (they do on 1.20.2)',
		public: 'hostIP is a loopback address, but eBPF also lets other nodes, pods and outside clients reach the port',
	}[loopbackHostIP];
	return [
		!servesUnspecifiedHostIP
			? of(
					({port}) => isUnspecified(port.hostIP),
					'since Cilium 1.18 an explicit hostIP of 0.0.0.0 or :: gets no entry, so eBPF does not serve it',
					'Leave hostIP empty, or choose portmap.',
				)
			: undefined,
		loopback === ''
			? undefined
			: of(
					({port}) => isLoopback(port.hostIP),
					loopback,
					'Choose portmap, or let the application listen on a port that only the node can reach.',
				),
		entriesByProtocol
			? undefined
			: of(
					hostPort =>
						twins(hostPort).some(({pod, port}) => pod.uid !== hostPort.pod.uid || port.containerPort !== hostPort.port.containerPort),
					'before Cilium 1.17 eBPF has one entry for TCP and UDP of a port, and only the last one is served (cilium/cilium#33434)',
					'Give the two protocols different hostPorts, or choose portmap.',
				),
		losesSecondProtocol
			? of(
					hostPort => twins(hostPort).length > 0,
					'Cilium 1.18.0 and 1.18.1 lose one of the two entries of a port for TCP and UDP (cilium/cilium#41426)',
					'Upgrade Cilium to 1.18.2 or later, give the two protocols different hostPorts, or choose portmap.',
				)
			: undefined,
	];
}

function clashes({evidence, hostPorts}: View): Warning[] {
	const ports = new Set(hostPorts.map(({port}) => port.hostPort));
	const shared = evidence.services.flatMap(({namespace, name, ports: own}) =>
		own.filter(({port}) => ports.has(port)).map(({port}) => `${namespace}/${name}:${port}`),
	);
	return shared.length === 0
		? []
		: [
				{
					message: `Services share a port number with a hostPort: ${shared.slice(0, 5).join(', ')}`,
					hint: 'The repair watches them and stops if one loses its traffic (HP15).',
				},
			];
}
