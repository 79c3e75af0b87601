import {servedBy, stateWords} from '../diagnosis/diagnosis.ts';
import {codeSpan, prose} from './markdown-text.ts';
import type {Rendering} from './rendering.ts';

/** Ready to paste into an issue: findings with their proof, then nodes and hostPorts. */
export function markdown({diagnosis}: Rendering): string {
	const {cluster} = diagnosis;
	const findings = diagnosis.findings.map(
		finding =>
			`### ${finding.code} (${finding.severity}): ${prose(finding.title)}\n\n${finding.because.map(({source, says}) => `- ${codeSpan(source)}: ${prose(says)}`).join('\n')}\n\n${prose(finding.remedy)}\n`,
	);
	const nodes = diagnosis.nodes.map(node => [
		node.name,
		node.verdict,
		node.cni.file,
		node.cni.plugins.join(', '),
		node.cni.binaries.join(', '),
		node.kernel,
		node.reason,
	]);
	const hostPorts = diagnosis.hostPorts.map(port => [
		`${port.namespace}/${port.pod}`,
		`${port.hostPort} → ${port.containerPort}/${port.protocol}`,
		port.node,
		stateWords[port.state],
		port.by,
	]);
	return `## hostPort diagnosis

Kubernetes ${prose(cluster.kubernetes)}, Cilium ${prose(cluster.cilium.version || 'not found')}, hostPorts served by: ${servedBy[cluster.cilium.path]}. Read ${prose(diagnosis.generatedAt)}.

${findings.length === 0 ? 'No findings.\n' : findings.join('\n')}
${tableOf(['Node', 'Verdict', 'CNI file', 'Plugins', 'Binaries', 'Kernel', 'Reason'], nodes)}
${tableOf(['Pod', 'Port', 'Node', 'State', 'By'], hostPorts)}`;
}

function tableOf(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
	// The row of dashes is Markdown's own: escaped it would be text, and what follows no table (GFM, 4.10).
	return `${[line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)].join('\n')}\n`;
}

const line = (cells: readonly string[]): string => `| ${cells.map(prose).join(' | ')} |`;
