import type {Observation} from './evidence.ts';

/** What was left open inside a pod and only the node itself tells, in words; empty: nothing. `reason`: why the pod saw nothing. */
export function askedOfNode({observation, reason}: {readonly observation: Observation | null; readonly reason: string}): string {
	// The kubelet's words for a hostPath volume of type Directory: the folders may be elsewhere, as the runtime's configuration says.
	if (observation === null) return /hostPath type check failed/u.test(reason) ? 'a CNI folder is not where it should be' : '';
	if (observation.onNode) return '';
	// Cilium's own image has none (images/runtime/install-runtime-deps.sh), and the pod's is usually that.
	const tables = observation.nftables === null ? 'the pod’s image has no nft, and the node may have native tables' : '';
	const status = observation.agentStatus === null ? 'the agent is asked from the node' : '';
	return [portmapLeftOpen(observation), tables, status].filter(Boolean).join('; ');
}

function portmapLeftOpen({binaryFolder}: Observation): string {
	const portmap = binaryFolder?.files.find(({name}) => name === 'portmap');
	if (portmap === undefined) return '';
	if (portmap.linksTo !== '' && portmap.mode === '') return `portmap links to ${portmap.linksTo}, which a pod cannot see`;
	const {versionExitCode, mode} = portmap;
	const isExecutable = (Number.parseInt(mode, 8) & 0o111) !== 0;
	return versionExitCode !== null && versionExitCode !== 0 && isExecutable
		? 'portmap does not run inside a pod but may run on the node'
		: '';
}
