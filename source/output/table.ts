import {answersText, hostPortName, servedBy, stateWords, type NodeDiagnosis} from '../diagnosis/diagnosis.ts';
import {columns} from './columns.ts';
import {findingText} from './finding-text.ts';
import type {Rendering} from './rendering.ts';

/** The diagnosis for people: the cause first, each with its proof, then nodes and hostPorts. */
export const table = (result: Rendering): string => render(result, false);

/** The same with every column. */
export const wideTable = (result: Rendering): string => render(result, true);

function render({diagnosis, colour, width, headers = true}: Rendering, wide: boolean): string {
	const shown = {diagnosis, wide, headers};
	const {cluster} = diagnosis;
	const wired = diagnosis.hostPorts.filter(({state}) => state === 'wired').length;
	const cilium = cluster.cilium.version === '' ? 'no Cilium agent found' : `Cilium ${cluster.cilium.version}`;
	const summary = `${cluster.server}   Kubernetes ${cluster.kubernetes}   ${cilium}   hostPorts served by: ${servedBy[cluster.cilium.path]}   ${wired} of ${diagnosis.hostPorts.length} hostPorts mapped\n`;
	return [
		summary,
		diagnosis.findings.map(finding => findingText(finding, {colour, width})).join('\n'),
		nodeTable(shown),
		hostPortTable(shown),
	]
		.filter(part => part !== '')
		.join('\n');
}

type Shown = {readonly diagnosis: Rendering['diagnosis']; readonly wide: boolean; readonly headers: boolean};

function nodeTable({diagnosis, wide, headers}: Shown): string {
	if (diagnosis.nodes.length === 0) return '';
	const wiredOn = new Map<string, {wired: number; total: number}>();
	for (const {node, state} of diagnosis.hostPorts) {
		const count = wiredOn.get(node) ?? {wired: 0, total: 0};
		wiredOn.set(node, {wired: count.wired + (state === 'wired' ? 1 : 0), total: count.total + 1});
	}

	const head = [
		'NODE',
		'VERDICT',
		'HOSTPORTS',
		'CNI FILE',
		'PLUGINS',
		...(wide ? ['BINARIES', 'KERNEL', 'ARCH'] : []),
		'VIA',
		...(wide ? ['ACCESS'] : []),
		'REASON',
	];
	return columns([
		...(headers ? [head] : []),
		...diagnosis.nodes.map(node => {
			const count = wiredOn.get(node.name);
			const {cni} = node;
			const more = wide ? [orDash(cni.binaries.join(',')), orDash(node.kernel), orDash(node.arch)] : [];
			return [
				node.name,
				node.verdict,
				count === undefined ? '-' : `${count.wired}/${count.total}`,
				orDash(cni.file),
				orDash(cni.plugins.join(',')),
				...more,
				node.via,
				...(wide ? [orDash(accessOf(node))] : []),
				node.reason,
			];
		}),
	]);
}

/** `agent (the agent cannot see /opt/cni/bin), pod`; an access that failed has a `not`. */
function accessOf({attempts}: NodeDiagnosis): string {
	return attempts.map(({via, ok, reason}) => `${ok ? '' : 'not '}${via}${reason === '' ? '' : ` (${reason})`}`).join(', ');
}

function hostPortTable({diagnosis, wide, headers}: Shown): string {
	if (diagnosis.hostPorts.length === 0) return '';
	return columns([
		...(headers ? [['HOSTPORT', 'NODE', 'TO', 'OWNER', 'STATE', ...(wide ? ['HOSTIP', 'BY', 'ANSWERS'] : [])]] : []),
		...diagnosis.hostPorts.map(port => [
			hostPortName(port),
			orDash(port.node),
			String(port.containerPort),
			orDash(port.owner),
			stateWords[port.state],
			...(wide ? [orDash(port.hostIP), orDash(port.by), orDash(answersText(port.answers))] : []),
		]),
	]);
}

const orDash = (text: string): string => (text === '' ? '-' : text);
