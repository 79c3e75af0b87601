import {answersText, hostPortName, type Finding, type NodeDiagnosis, type Severity} from '../diagnosis/diagnosis.ts';
import {columns} from './columns.ts';
import type {Rendering} from './rendering.ts';
import {paint, type Tone} from './paint.ts';

/** The diagnosis for people: the cause first, then nodes and hostPorts. */
export const table = (result: Rendering): string => render(result, false);

/** The same with every proof line of every finding and every column. */
export const wideTable = (result: Rendering): string => render(result, true);

const tones: Readonly<Record<Severity, Tone>> = {error: 'bad', warning: 'doubtful', info: 'quiet'};

function render({diagnosis, colour}: Rendering, wide: boolean): string {
	const {cluster} = diagnosis;
	const wired = diagnosis.hostPorts.filter(({state}) => state === 'wired').length;
	const cilium = cluster.cilium.version === '' ? 'no Cilium agent found' : `Cilium ${cluster.cilium.version}`;
	const summary = `${cluster.server}   Kubernetes ${cluster.kubernetes}   ${cilium}   hostPort path: ${cluster.cilium.path}   ${wired} of ${diagnosis.hostPorts.length} hostPorts wired\n`;
	return [
		summary,
		diagnosis.findings.map((finding, index) => findingText(finding, {colour, full: wide || index === 0})).join('\n'),
		nodeTable({diagnosis, wide}),
		hostPortTable({diagnosis, wide}),
	]
		.filter(part => part !== '')
		.join('\n');
}

function findingText(finding: Finding, {colour, full}: {colour: boolean; full: boolean}): string {
	const scope = [counted(finding.nodes.length, 'node'), counted(finding.hostPorts.length, 'hostPort')]
		.filter(part => part !== '')
		.join(', ');
	const head = `${paint(`${finding.code} ${finding.severity}`, tones[finding.severity], colour)}  ${finding.title}${scope === '' ? '' : ` (${scope})`}\n`;
	if (!full) return `${head}  ${finding.remedy}\n`;
	const width = Math.max(0, ...finding.because.map(({source}) => source.length));
	const proof = finding.because
		.map(({source, says}) => `  ${source.padEnd(Math.min(width, 48))}  ${says.replaceAll('\n', ' ')}\n`)
		.join('');
	return `${head}${proof}  ${paint('Do:', 'strong', colour)} ${finding.remedy}${finding.repairable || finding.severity === 'info' ? '' : ' (not repaired by this program)'}\n`;
}

function nodeTable({diagnosis, wide}: {diagnosis: Rendering['diagnosis']; wide: boolean}): string {
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
		...(wide ? ['WAYS'] : []),
		'REASON',
	];
	return columns([
		head,
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
				...(wide ? [orDash(waysOf(node))] : []),
				node.reason,
			];
		}),
	]);
}

/** `agent (the agent does not see /opt/cni/bin), pod`; a way that failed bears a `not`. */
function waysOf({attempts}: NodeDiagnosis): string {
	return attempts.map(({via, ok, reason}) => `${ok ? '' : 'not '}${via}${reason === '' ? '' : ` (${reason})`}`).join(', ');
}

function hostPortTable({diagnosis, wide}: {diagnosis: Rendering['diagnosis']; wide: boolean}): string {
	if (diagnosis.hostPorts.length === 0) return '';
	return columns([
		['HOSTPORT', 'NODE', 'TO', 'OWNER', 'STATE', ...(wide ? ['HOSTIP', 'BY', 'ANSWERS'] : [])],
		...diagnosis.hostPorts.map(port => [
			hostPortName(port),
			orDash(port.node),
			String(port.containerPort),
			orDash(port.owner),
			port.state,
			...(wide ? [orDash(port.hostIP), orDash(port.by), orDash(answersText(port.answers))] : []),
		]),
	]);
}

const orDash = (text: string): string => (text === '' ? '-' : text);
const counted = (count: number, noun: string): string => (count === 0 ? '' : `${count} ${noun}${count === 1 ? '' : 's'}`);
