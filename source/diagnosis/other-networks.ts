import type {View} from './view.ts';

// Networks that assign addresses or write a CNI file of their own; what only joins another network's file is none.
const otherNetworks: ReadonlyArray<readonly [pattern: RegExp, name: string]> = [
	[/\/aws-node$/, 'the AWS VPC CNI'],
	[/\/(?:calico-node|canal)$/, 'Calico'],
	[/\/kube-flannel/, 'flannel'],
	[/\/weave-net$/, 'Weave Net'],
	[/\/antrea-agent$/, 'Antrea'],
	[/\/kindnet$/, 'kindnet'],
	[/\/ovn/, 'OVN'],
];

/** Networks that run beside Cilium, by their DaemonSets, sorted by name: with chaining it is their CNI file that decides. */
export function otherNetworksBeside({evidence}: View): ReadonlyArray<{readonly name: string; readonly daemonSets: readonly string[]}> {
	const found = evidence.otherDaemonSets.flatMap(daemonSet => {
		const name = otherNetworks.find(([pattern]) => pattern.test(daemonSet))?.[1];
		return name === undefined ? [] : [{daemonSet, name}];
	});
	return [...Map.groupBy(found, ({name}) => name)]
		.map(([name, all]) => ({name, daemonSets: all.map(({daemonSet}) => daemonSet)}))
		.sort((one, other) => (one.name < other.name ? -1 : 1));
}
