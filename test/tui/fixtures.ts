import type {Diagnosis, Finding, HostPortDiagnosis, NodeDiagnosis, Verdict} from '../../source/diagnosis/diagnosis.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import type {FileChange} from '../../source/repair/plan/needed-change.ts';
import {renderToString} from 'ink';
import {createElement} from 'react';
import {atOf} from '../../source/tui/press.ts';
import {createModelBuilder, type Model} from '../../source/tui/model.ts';
import {undrawn} from '../../source/tui/page.ts';
import {pageText} from '../../source/tui/page-text.tsx';
import {definitionOf} from '../../source/tui/screens/index.ts';
import {initialState, type State, type View} from '../../source/tui/state.ts';
import {createTheme} from '../../source/tui/theme.ts';
import {createStore, type Snapshot, type Store, type Update} from '../../source/tui/store.ts';
import {evidence, node} from '../diagnosis/builders.ts';
import {pathlessEvidence} from '../diagnosis/scenes.ts';

/** Values as the engine makes them, made by hand: the screens are tested without it. */
export function finding(parts: Partial<Finding> = {}): Finding {
	return {
		code: 'HP01',
		severity: 'error',
		nodes: ['node-1', 'node-2', 'node-3'],
		hostPorts: ['default/web-6f7d9c-x2x4k:8080/TCP'],
		title: 'hostPort is switched off: kube-proxy replacement is disabled and portmap is not chained',
		because: [
			{source: 'configmap kube-system/cilium-config', says: 'kube-proxy-replacement: disabled; cni-chaining-mode is not set'},
			{source: 'node-1:/etc/cni/net.d/05-cilium.conf', says: 'the only plugin is cilium-cni'},
		],
		remedy: 'Chain the portmap plugin: put its binary on every node first, then set cni-chaining-mode: portmap.',
		repairable: true,
		...parts,
	};
}

export function judged(name: string, verdict: Verdict = 'broken', parts: Partial<NodeDiagnosis> = {}): NodeDiagnosis {
	return {
		name,
		verdict,
		kernel: '5.4.0-163-generic',
		arch: 'amd64',
		cni: {file: '05-cilium.conf', plugins: ['cilium-cni'], binaries: ['cilium-cni', 'loopback'], binDir: '/opt/cni/bin'},
		via: 'agent',
		attempts: [],
		reason: '',
		reach: {node: 'yes', loopback: 'unknown', elsewhere: 'yes', why: ''},
		...parts,
	};
}

export function hostPort(parts: Partial<HostPortDiagnosis> = {}): HostPortDiagnosis {
	return {
		namespace: 'default',
		pod: 'web-6f7d9c-x2x4k',
		node: 'node-1',
		hostIP: '',
		hostPort: 8080,
		containerPort: 80,
		protocol: 'TCP',
		owner: 'Deployment/web',
		state: 'unwired',
		by: 'no CNI-DN rule and no HostPort entry for 10.0.0.5:80',
		reach: {node: 'yes', loopback: 'unknown', elsewhere: 'yes', why: ''},
		answers: [],
		...parts,
	};
}

export function diagnosis(parts: Partial<Diagnosis> = {}): Diagnosis {
	return {
		apiVersion: 'hostport.dev/v1',
		kind: 'Diagnosis',
		generatedAt: '2024-02-07T02:00:00Z',
		cluster: {
			server: 'https://cluster.example:6443',
			kubernetes: 'v1.26.9',
			cilium: {version: '1.10.16', namespace: 'kube-system', path: 'none'},
		},
		nodes: [judged('node-1'), judged('node-2'), judged('node-3')],
		hostPorts: [
			hostPort(),
			...[1, 2, 3].flatMap(number =>
				[4317, 4318].map(port =>
					hostPort({
						namespace: 'observability',
						pod: `otel-collector-${number}`,
						node: `node-${number}`,
						hostPort: port,
						containerPort: port,
						owner: 'DaemonSet/otel-collector',
						by: '',
					}),
				),
			),
		],
		findings: [
			finding(),
			finding({
				code: 'HP15',
				severity: 'warning',
				nodes: [],
				title: 'A Service has the same port number as a hostPort',
				because: [{source: 'service default/web', says: 'port 8080/TCP'}],
				repairable: false,
			}),
		],
		...parts,
	};
}

/** The CNI file of each node and cilium-config, as they are and as they have to be. */
export function changes(names: readonly string[] = ['node-1', 'node-2', 'node-3']): readonly FileChange[] {
	const configMap = 'configmap kube-system/cilium-config';
	return [
		...names.map(name => ({
			node: name,
			path: '/etc/cni/net.d/05-cilium.conf',
			neededPath: '/etc/cni/net.d/05-cilium.conflist',
			current: '{\n  "cniVersion": "0.3.1",\n  "name": "cilium",\n  "type": "cilium-cni",\n  "enable-debug": false\n}\n',
			needed:
				'{\n  "cniVersion": "0.3.1",\n  "name": "portmap",\n  "plugins": [\n    {\n      "name": "cilium",\n      "type": "cilium-cni",\n      "enable-debug": false\n    },\n    {\n      "type": "portmap",\n      "capabilities": {"portMappings": true}\n    }\n  ]\n}\n',
		})),
		{
			node: '',
			path: configMap,
			neededPath: configMap,
			current: 'kube-proxy-replacement: disabled\n',
			needed: 'cni-chaining-mode: portmap\nkube-proxy-replacement: disabled\n',
		},
	];
}

/** The story's cluster, looked at and judged. */
export function storySnapshot(): Update {
	return {
		title: {server: 'https://cluster.example:6443', context: 'nks-prod'},
		phase: null,
		progress: {done: 3, total: 3},
		evidence: pathlessEvidence(),
		diagnosis: diagnosis(),
		changes: changes(),
	};
}

const verdictOf = (index: number): Verdict => (index % 50 === 7 ? 'broken' : index % 70 === 11 ? 'unknown' : 'ok');

/** A cluster of many nodes: every 50th is broken, every 70th did not answer. */
export function largeSnapshot(count: number): Update {
	const names = Array.from({length: count}, (_, index) => `node-${index + 1}`);
	const large: Evidence = evidence({nodes: names.map((name, index) => node(name, `10.1.${Math.floor(index / 250)}.${index % 250}`, null))});
	const nodes = names.map((name, index) => judged(name, verdictOf(index)));
	const broken = nodes.filter(({verdict}) => verdict === 'broken').map(({name}) => name);
	return {
		title: {server: 'https://cluster.example:6443', context: 'large'},
		phase: null,
		progress: {done: count, total: count},
		evidence: large,
		diagnosis: diagnosis({nodes, hostPorts: [], findings: [finding({code: 'HP02', nodes: broken})]}),
		changes: changes(broken),
	};
}

/** What a screen shows, whole, as text. */
export function textOfScreen({screen}: Pick<State, 'screen'>, view: View): string {
	const {copied, about} = definitionOf(screen);
	const shown = copied?.({screen, view, about: about({screen, view}), state: initialState}) ?? '';
	return typeof shown === 'string' ? shown : pageText(shown);
}

/** The lines between header and footer, as a terminal of that size has them before anything was measured. */
export function drawnLines(state: State, view: View): readonly string[] {
	const {Body} = definitionOf(state.screen);
	return renderToString(createElement(Body, atOf(state, view)), {columns: view.columns}).split('\n');
}

export function storeWith(update: Update): Store {
	const store = createStore('nks-prod');
	store.update(update);
	return store;
}

export function snapshotWith(update: Update): Snapshot {
	return storeWith(update).getSnapshot();
}

/** What keys and screens are given in a terminal of 80×24, before anything is drawn. */
export const viewOf = (model: Model, parts: Partial<View> = {}): View => ({
	model,
	columns: 80,
	rows: 24,
	failure: [],
	signs: createTheme({colour: false, unicode: true}).signs,
	canSave: true,
	canRepair: true,
	page: undrawn,
	now: 0,
	...parts,
});

/** The same of what the store holds. */
export const viewWith = (update: Update, parts?: Partial<View>): View => viewOf(createModelBuilder()(snapshotWith(update)), parts);
