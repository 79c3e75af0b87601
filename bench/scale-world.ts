/**
 * What of the cluster of `scale-server.ts` changes while a repair or a rollback acts on it: settings, agents, CNI files, binaries, pods with a
 * hostPort, rules, and the ConfigMaps that the program writes. Controllers are as fast as may be: what is measured is the program.
 */
import {randomBytes} from 'node:crypto';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {agentOf, ciliumConfig, hostPortPod, nodeName, podPage, single} from './scale-objects.ts';

const recorded = (name: string): string =>
	readFileSync(path.join(import.meta.dirname, '..', 'test', 'evidence', 'recorded', `agent-1.10.16-${name}.txt`), 'utf8');
const marker = '0123456789abcdef';

/** A recorded answer in the parts that differ with what a node has: before its CNI folder, that folder, its binaries, its rules, the rest. */
function partsOf(text: string): readonly [string, string, string, string, string] {
	const places = ['folder conf', 'folder bin', 'rest', 'agent-status'].map(each => text.indexOf(`${marker} ${each}`));
	const [conf = 0, bin = 0, rest = 0, status = 0] = places;
	return [text.slice(0, conf), text.slice(conf, bin), text.slice(bin, rest), text.slice(rest, status), text.slice(status)];
}

const [plain, wired] = [partsOf(recorded('none')), partsOf(recorded('wired'))];
const contentOf = (part: string): string => /content (?<content>\{[\s\S]*\})\n/u.exec(part)?.groups?.['content'] ?? '';

type ConfigMap = {
	readonly metadata: {readonly name: string; readonly resourceVersion: string; readonly uid?: string; readonly labels?: object};
	readonly data?: Record<string, string>;
};
type Body = Partial<Omit<ConfigMap, 'metadata'>> & {
	readonly metadata?: Partial<ConfigMap['metadata']>;
	readonly preconditions?: {readonly uid?: string; readonly resourceVersion?: string};
	readonly spec?: {
		readonly nodeName?: string;
		readonly template?: {readonly metadata: {readonly annotations: Record<string, string | null>}};
	};
};

/** Code and body of an answer. */
export type Answer = readonly [code: number, value: object];

const status = (code: number, reason: string): Answer => [
	code,
	{kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: reason},
];
const notFound = status(404, 'NotFound');
const conflict = status(409, 'Conflict');
const largestConfigMap = 1024 * 1024;
/** Added to the number of a pod each time that it is restarted: its name says which pod of which node it is, and which one in turn. */
const generation = 1_000_000;

/** The cluster from a start at which no node serves hostPorts (`isBroken`), or each does by portmap. */
export function scaleWorld({
	nodes,
	podsPerNode,
	isBroken,
	words: long,
}: {
	nodes: number;
	podsPerNode: number;
	isBroken: boolean;
	words: number;
}) {
	const perNode = (value: number): Uint8Array => new Uint8Array(nodes).fill(value);
	const has = {binary: perNode(isBroken ? 0 : 1), list: perNode(isBroken ? 0 : 1), rules: perNode(isBroken ? 0 : 1)};
	const restarts = {pod: perNode(0), agent: perNode(0)};
	const configMaps = new Map<string, ConfigMap>([['cilium-config', ciliumConfig(!isBroken)]]);
	const helpers = new Map<string, {metadata: {name: string; uid: string; labels?: object}; spec: {nodeName?: string}}>();
	const written = {journalWrites: 0, journalBytes: 0, journalMaps: 0, largestMap: 0, files: 0};
	let serial = 1000;
	const next = (): string => String((serial += 1));
	const agents = {generation: 1, restartedAt: undefined as string | null | undefined};

	const indexOf = (name: string): number => Number(name.slice(-6));
	const agentAt = (node: number): object => agentOf(node, restarts.agent[node]);
	const restartAgent = (node: number): void => {
		restarts.agent[node] = (restarts.agent[node] ?? 0) + 1;
		has.list[node] = configMaps.get('cilium-config')?.data?.['cni-chaining-mode'] === 'portmap' ? 1 : 0;
	};
	const numberOf = (node: number): number => node * podsPerNode + 1 + (restarts.pod[node] ?? 0) * generation;
	const helperAt = (helper: object): object => ({
		...helper,
		status: {phase: 'Running', podIP: '198.18.1.99', containerStatuses: [{state: {running: {}}}]},
	});

	function daemonSet(method: string, body: Body): Answer {
		const asked = body.spec?.template?.metadata.annotations['kubectl.kubernetes.io/restartedAt'];
		if (method === 'PATCH' && asked !== agents.restartedAt) {
			agents.generation += 1;
			agents.restartedAt = asked;
			for (let node = 0; node < nodes; node += 1) restartAgent(node);
		}

		const found = (
			single('/apis/apps/v1/daemonsets', nodes) as {items: [{metadata: object; spec: {template: {metadata: object}}; status: object}]}
		).items[0];
		const annotations = agents.restartedAt === undefined ? {} : {'kubectl.kubernetes.io/restartedAt': agents.restartedAt};
		const template = {...found.spec.template, metadata: {...found.spec.template.metadata, annotations}};
		return [
			200,
			{
				...found,
				kind: 'DaemonSet',
				metadata: {...found.metadata, generation: agents.generation},
				spec: {...found.spec, template},
				status: {...found.status, observedGeneration: agents.generation},
			},
		];
	}

	function configMap(method: string, last: string, body: Body, size: number): Answer {
		const name = method === 'POST' ? (body.metadata?.name ?? '') : last;
		const old = configMaps.get(name);
		if (method === 'GET') return old === undefined ? notFound : [200, {kind: 'ConfigMap', ...old}];
		if (method === 'POST' ? old !== undefined : old === undefined) return method === 'POST' ? conflict : notFound;
		const version = (method === 'DELETE' ? body.preconditions : body.metadata)?.resourceVersion;
		if (version !== undefined && version !== old?.metadata.resourceVersion) return conflict;
		if (method === 'DELETE') {
			configMaps.delete(name);
			return [200, {kind: 'Status', status: 'Success'}];
		}

		const merged = Object.entries({...(method === 'PATCH' && old?.data), ...body.data}).filter(([, value]) => value !== null);
		const length = merged.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
		// As the API server does (ValidateConfigMap).
		if (length > largestConfigMap) return status(422, `must have at most ${largestConfigMap} bytes`);
		if (name.startsWith('hostport-run-')) {
			written.journalWrites += 1;
			written.journalBytes += size;
			written.largestMap = Math.max(written.largestMap, length);
			if (method === 'POST') written.journalMaps += 1;
		}

		const made: ConfigMap = {
			metadata: {uid: `uid-${next()}`, ...old?.metadata, ...body.metadata, name, resourceVersion: next()},
			data: Object.fromEntries(merged),
		};
		configMaps.set(name, made);
		return [method === 'POST' ? 201 : 200, {kind: 'ConfigMap', ...made}];
	}

	function pod(method: string, last: string, body: Body, isDry: boolean): Answer {
		if (method === 'POST') {
			const name = body.metadata?.name ?? '';
			const made = {...body, kind: 'Pod', metadata: {...body.metadata, name, uid: `uid-${next()}`}, spec: {...body.spec}};
			if (!isDry) helpers.set(name, made);
			return [201, made];
		}

		const helper = helpers.get(last);
		if (helper !== undefined) {
			if (method === 'DELETE') helpers.delete(last);
			return [200, helperAt(helper)];
		}

		const number = Number(/\d+$/u.exec(last)?.[0] ?? Number.NaN);
		if (last.startsWith('cilium-') && number < nodes) {
			if (last !== (agentAt(number) as {metadata: {name: string}}).metadata.name) return notFound;
			if (method === 'DELETE') restartAgent(number);
			return [200, {kind: 'Pod', ...agentAt(number)}];
		}

		const node = Math.floor((number % generation) / podsPerNode);
		return last.startsWith('edge-') && node < nodes && numberOf(node) === number
			? [200, {kind: 'Pod', ...hostPortPod(node, number)}]
			: notFound;
	}

	function evict(name: string): Answer {
		const node = Math.floor((Number(name.slice(-7)) % generation) / podsPerNode);
		if (numberOf(node) !== Number(name.slice(-7))) return notFound;
		restarts.pod[node] = (restarts.pod[node] ?? 0) + 1;
		// A pod that stops without portmap leaves its rules behind.
		if (has.list[node] === 1 && has.binary[node] === 1) has.rules[node] = 1;
		return [201, {kind: 'Status', status: 'Success'}];
	}

	/** Pods of one node, of all namespaces or of one. */
	function podsOn(node: number, namespace: string, isOfAgents: boolean): object[] {
		const agent = namespace === 'default' ? [] : [agentAt(node)];
		if (isOfAgents) return agent;
		const others = namespace === 'kube-system' || podsPerNode < 2 ? [] : [hostPortPod(node, numberOf(node))];
		const own = [...helpers.values()].filter(({spec}) => spec.nodeName === nodeName(node)).map(helperAt);
		return [...agent, ...others, ...(namespace === 'default' ? [] : own)];
	}

	return {
		written,
		/** Whether anything that a look shows was changed since the start. */
		isChanged: (): boolean => serial > 1000,
		agentAt,
		/** Pods from one number to before another, as the inside of a JSON list. */
		pods: (from: number, to: number): Buffer => podPage(from, to, podsPerNode, {agentAt, numberOf}),
		listed: (labelSelector: string): object[] =>
			[...configMaps.values()].filter(({metadata}) => {
				const [key = '', value = ''] = labelSelector.split(',').at(-1)?.split('=') ?? [];
				return labelSelector === '' || JSON.stringify(metadata.labels ?? {}).includes(`"${key}":"${value}"`);
			}),
		helpers: (): object[] => [...helpers.values()].map(helperAt),
		podsOn: (name: string, namespace: string, isOfAgents: boolean): object[] => podsOn(indexOf(name), namespace, isOfAgents),
		/** What concerns what can change; undefined for everything else. */
		request(method: string, pathname: string, query: URLSearchParams, text: string): Answer | undefined {
			const body = (text === '' ? {} : JSON.parse(text)) as Body;
			const [last = '', kind = '', before = ''] = pathname.split('/').reverse();
			if (kind === 'daemonsets' && last === 'cilium') return daemonSet(method, body);
			if (kind === 'daemonsets' && last === 'edge')
				return [200, {kind: 'DaemonSet', metadata: {name: last}, spec: {updateStrategy: {rollingUpdate: {maxUnavailable: 32}}}}];
			if (last === 'eviction') return evict(kind);
			if (kind === 'configmaps' || (last === 'configmaps' && method === 'POST'))
				return query.get('dryRun') === 'All' ? configMap('GET', last, {}, 0) : configMap(method, last, body, text.length);
			if (kind === 'pods' || (last === 'pods' && method === 'POST' && before !== ''))
				return pod(method, last, body, query.get('dryRun') === 'All');
			return undefined;
		},
		/** What a program says on a node, and its exit code; `words` are those behind the script's own. */
		run(pod: string, words: readonly string[], isFile: boolean): readonly [said: string, code: number] {
			const node = indexOf(pod);
			const [first = '', , ...rest] = words;
			if (isFile) written.files += 1;
			if (isFile || words.length === 0) return ['', 0];
			if (first.startsWith('marker=')) {
				const from = (each: Uint8Array): typeof plain => (each[node] === 1 ? wired : plain);
				const said = [plain[0], from(has.list)[1], from(has.binary)[2], from(has.rules)[3], plain[4]].join('');
				return [said.replaceAll(marker, first.slice('marker='.length)), 0];
			}

			if (['probe', 'install', 'remove', 'restore'].includes(first)) {
				if (first === 'install') has.binary[node] = 1;
				const isThere = first !== 'probe' || has.binary[node] === 1;
				const about = long === 0 ? 'CNI portmap plugin v1.9.1' : randomBytes(long).toString('base64').slice(0, long);
				const answer = '{"cniVersion":"1.0.0","supportedVersions":["0.3.0","0.3.1","0.4.0","1.0.0"]}';
				return isThere ? [`sum ${'0'.repeat(64)}\nmode 755\nanswer ${answer}\nabout ${about}\n`, 0] : ['', 41];
			}

			if (first.includes('/cni/net.d')) {
				const [name, part] = has.list[node] === 1 ? ['05-cilium.conflist', wired[1]] : ['05-cilium.conf', plain[1]];
				return [`${name}\n${contentOf(part)}\n`, 0];
			}

			if (/^[\d.]+\.\d+$/u.test(first)) {
				has.rules[node] = 0;
				return ['removed 4\n', 0];
			}

			// A script that connects has its marker, its limit and four words a connection (source/proof/connect-script.sh).
			const ids = rest.filter((_, index) => index % 4 === 0);
			return [ids.map(id => `${first} ${id} ok 400\n`).join(''), 0];
		},
	};
}
