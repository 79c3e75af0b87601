import {finding, type Found} from '../finding.ts';
import {isLeaving, type HostPortView} from '../host-port-view.ts';
import type {View} from '../view.ts';
import {count} from '../../words.ts';

/**
 * A hostIP that no packet can meet: of a family that the pod has no address of, or `0.0.0.0` taken for an address by a portmap that is too
 * old (containernetworking/plugins#643; later ones leave an unspecified address out of the rule).
 */
export function unmetHostIP(view: View): Found[] {
	return [
		...unmet(view, 'other-family', {
			title: hostPorts => `the hostIP of ${hostPorts} is of another address family than the pod`,
			remedy: 'Leave hostIP empty, or use an address of a family that the pod has.',
		}),
		...unmet(view, 'unspecified-rule', {
			title: hostPorts => `the rules of ${hostPorts} match only packets to the unspecified address: none arrive`,
			remedy: 'Leave hostIP empty, or install a newer portmap on the node (kubectl hostport fix --portmap); then restart the pods.',
		}),
	];
}

type Words = {readonly title: (hostPorts: string) => string; readonly remedy: string};

function unmet(view: View, reason: HostPortView['reason'], {title, remedy}: Words): Found[] {
	const hostPorts = view.hostPorts.filter(hostPort => hostPort.reason === reason && !isLeaving(hostPort));
	return finding({
		severity: 'error',
		hostPorts,
		title: title(count(hostPorts.length, 'hostPort')),
		because: hostPorts.slice(0, 3).map(({name, diagnosis}) => ({source: `pod of ${name}`, says: diagnosis.by})),
		remedy,
	});
}
