import type {SceneWorkload} from '../scene.ts';

/** The workloads of the case this project exists for: a collector on every node and a web server, both with hostPorts. */
type Pods = Pick<SceneWorkload, 'pod' | 'placement'>;

/** The DaemonSet `otel-collector` with two hostPorts. */
export function collector(pods: Pods): SceneWorkload {
	return {
		kind: 'DaemonSet',
		namespace: 'observability',
		name: 'otel-collector',
		age: 14 * 24 * 60,
		template: {
			metadata: {labels: {'app.kubernetes.io/name': 'otel-collector'}},
			spec: {
				nodeSelector: {'kubernetes.io/os': 'linux'},
				containers: [
					{
						name: 'otel-collector',
						image: 'docker.io/otel/opentelemetry-collector:0.93.0',
						ports: [
							{name: 'otlp-grpc', containerPort: 4317, hostPort: 4317, protocol: 'TCP'},
							{name: 'otlp-http', containerPort: 4318, hostPort: 4318, protocol: 'TCP'},
						],
					},
				],
			},
		},
		...pods,
	};
}

/** The Deployment `web` with one hostPort. */
export function web(pods: Pods): SceneWorkload {
	return {
		kind: 'Deployment',
		namespace: 'default',
		name: 'web',
		age: 14 * 24 * 60,
		template: {
			metadata: {labels: {app: 'web'}},
			spec: {
				containers: [{name: 'nginx', image: 'docker.io/library/nginx:1.25', ports: [{containerPort: 80, hostPort: 8080, protocol: 'TCP'}]}],
			},
		},
		placement: [0, 1],
		...pods,
	};
}

/** Node names as a node pool gives them: `nks-pool-a-0001`. */
export const poolNode = (pool: string, index: number): string => `${pool}-${String(index + 1).padStart(4, '0')}`;
