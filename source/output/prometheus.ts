import type {Diagnosis, HostPortDiagnosis, NodeDiagnosis} from '../diagnosis/diagnosis.ts';
import type {Rendering} from './rendering.ts';

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];
type Metric = {readonly name: string; readonly help: string; readonly samples: readonly Sample[]};

const verdicts = ['ok', 'broken', 'degraded', 'unknown', 'skipped'] as const satisfies ReadonlyArray<NodeDiagnosis['verdict']>;
const states = ['wired', 'unwired', 'unknown'] as const satisfies ReadonlyArray<HostPortDiagnosis['state']>;
const answers = ['answered', 'refused', 'timed out', 'unreachable'] as const;

/**
 * Gauges in Prometheus' text form, version 0.0.4, for node_exporter's textfile collector or a Pushgateway. Labels are words of ours alone, so the
 * number of series does not grow with the cluster: what concerns which node is in the other forms.
 */
export const prometheus = ({diagnosis}: Rendering): string => metricsOf(diagnosis).map(metricText).join('');

function metricsOf({cluster, nodes, hostPorts, findings, generatedAt}: Diagnosis): readonly Metric[] {
	const at = Date.parse(generatedAt);
	const tries = hostPorts.flatMap(port => port.answers);
	const found = Map.groupBy(findings, ({code, severity}) => `${code} ${severity}`);
	return [
		{
			name: 'hostport_info',
			help: 'Versions of what was read; always 1.',
			samples: [[{kubernetes: cluster.kubernetes, cilium: cluster.cilium.version, path: cluster.cilium.path}, 1]],
		},
		{name: 'hostport_check_timestamp_seconds', help: 'Time of the diagnosis.', samples: Number.isNaN(at) ? [] : [[{}, at / 1000]]},
		{
			name: 'hostport_nodes',
			help: 'Nodes by verdict.',
			samples: verdicts.map(verdict => [{verdict}, nodes.filter(node => node.verdict === verdict).length]),
		},
		{
			name: 'hostport_host_ports',
			help: 'HostPorts by state; wired means mapped.',
			samples: states.map(state => [{state}, hostPorts.filter(port => port.state === state).length]),
		},
		{
			name: 'hostport_connections',
			help: 'TCP connections to hostPorts that were tried, by source and result.',
			samples: ['node', 'client'].flatMap(from =>
				answers.map((answer): Sample => {
					const heard = tries.filter(
						each => (each.from === 'client') === (from === 'client') && (each.ok ? 'answered' : each.error) === answer,
					);
					return [{from, answer}, heard.length];
				}),
			),
		},
		{
			name: 'hostport_finding_nodes',
			help: 'Nodes of a finding, by code and severity; 0 if it concerns the whole cluster.',
			samples: [...found.values()].map((group): Sample => {
				const {code = '', severity = ''} = group[0] ?? {};
				return [{code, severity}, new Set(group.flatMap(each => each.nodes)).size];
			}),
		},
	];
}

const metricText = ({name, help, samples}: Metric): string =>
	samples.length === 0
		? ''
		: `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${samples.map(([labels, value]) => `${name}${labelText(labels)} ${value}\n`).join('')}`;

function labelText(labels: Labels): string {
	const pairs = Object.entries(labels).map(
		([name, value]) => `${name}="${value.replaceAll(/[\\"]/gu, String.raw`\$&`).replaceAll('\n', String.raw`\n`)}"`,
	);
	return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
