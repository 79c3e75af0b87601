import type {Evidence, NodeEvidence} from '../../../source/evidence/evidence.ts';
import {
	agentStatus,
	binary,
	cilium,
	evidence,
	natTable,
	node,
	observation,
	pod,
	port,
	portmapHooks,
	portmapRules,
	workingPortmap,
} from '../../diagnosis/builders.ts';
import {writtenFile} from '../../diagnosis/scenes.ts';
import {answerTo, knownVersions, type SimulatedNode, type World} from './world.ts';

const hostPort = 4318;

/** What a look at a simulated cluster would bring. */
export function lookAt(world: World): Evidence {
	const configMap = world.configMaps.get('cilium-config');
	const base = cilium(world.version, {...configMap?.data});
	return evidence({
		collectedAt: new Date(world.time).toISOString(),
		cilium: {
			...base,
			configMap: base.configMap && {...base.configMap, resourceVersion: configMap?.metadata.resourceVersion ?? ''},
			nodeConfigs: [...world.nodeConfigs.values()].map(({metadata, spec}) => {
				const {nodeSelector, defaults} = spec as {nodeSelector: {matchLabels: Record<string, string>}; defaults: Record<string, string>};
				return {name: metadata.name, namespace: 'kube-system', matchLabels: nodeSelector.matchLabels, matchExpressions: [], defaults};
			}),
		},
		otherDaemonSets: [...world.daemonSets.keys()].map(name => `kube-system/${name}`),
		nodes: world.nodes.map((each, index) => nodeOf(world, each, index)),
		pods: world.pods
			.filter(({leavingAt}) => leavingAt === undefined)
			.map(({name, node: on, address, uid, createdAt, isBare}) => {
				const time = new Date(createdAt).toISOString();
				return pod(name, on, address, [port(hostPort, 80)], {uid, owner: isBare ? '' : 'DaemonSet/web', createdAt: time, startedAt: time});
			}),
	});
}

function nodeOf(world: World, {name, files, chained, agent}: SimulatedNode, index: number): NodeEvidence {
	const wired = world.pods.filter(each => each.node === name && each.isWired);
	const rules = wired.flatMap(({uid, address}) => portmapRules({sandbox: uid, hostPort, target: `${address}:80`}));
	const known = knownVersions(files.get('portmap'));
	const seen = observation({
		configurationFolder: {host: '/etc/cni/net.d', files: [writtenFile(world.version, chained)]},
		binaryFolder: {
			host: '/opt/cni/bin',
			files: [binary('cilium-cni'), ...(known === undefined ? [] : [workingPortmap({versionAnswer: answerTo(known)})])],
		},
		agentStatus: agentStatus(world.version),
		nat: {nft: natTable([...portmapHooks, ...rules]), legacy: natTable()},
	});
	// An agent that is starting answers nothing.
	return node(name, `10.88.0.${11 + index}`, agent.readyAt <= world.time ? seen : null, {
		agent: {
			pod: `cilium-${agent.uid}`,
			phase: 'Running',
			ready: agent.readyAt <= world.time,
			startedAt: new Date(agent.createdAt).toISOString(),
			image: `quay.io/cilium/cilium:v${world.version}`,
			imageID: '',
			trouble: '',
		},
	});
}
