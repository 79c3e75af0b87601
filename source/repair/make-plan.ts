import type {Diagnosis} from '../diagnosis/diagnosis.ts';
import type {NodeView} from '../diagnosis/node-view.ts';
import {view as viewOf, type View} from '../diagnosis/view.ts';
import type {Evidence} from '../evidence/evidence.ts';
import {ownershipWarning} from './lasting-form.ts';
import {neededChanges, recommendStrategy} from './needed-change.ts';
import {listOf, type Planning} from './planning.ts';
import type {Choice, Plan, Refusal, Step, Surroundings, Warning} from './plan.ts';
import {binaryPlaces, binarySteps} from './plan-binaries.ts';
import {agentSteps} from './plan-agents.ts';
import {guardSteps, isGuarded} from './plan-guard.ts';
import {leftLines, podSteps, podsLeft} from './plan-pods.ts';
import {isDown, repairable, strategyOptions} from './strategies.ts';
import {hasKubeProxy, wantedKeys} from './wanted-keys.ts';

/**
 * Ordered steps that bring hostPort to work in the chosen way. Pure: the same evidence gives the same plan. The order is
 * the safety: every binary is in place and has run before any runtime is told to call it.
 */
export function makePlan(evidence: Evidence, diagnosis: Diagnosis, choice: Choice, surroundings: Surroundings = {}): Plan {
	const view = viewOf(evidence);
	const options = strategyOptions(view, diagnosis, recommendStrategy(evidence));
	const settings = evidence.cilium?.configMap?.data ?? {};
	const changes = wantedKeys(view.version, settings, choice.strategy, hasKubeProxy(evidence));
	const all = repairable(view);
	const isNamed = ({name}: NodeView): boolean => choice.nodes === undefined || choice.nodes.length === 0 || choice.nodes.includes(name);
	const planning: Planning = {
		view,
		diagnosis,
		choice,
		surroundings,
		nodes: all.filter(node => isNamed(node) && !isDown(node)),
		leftOut: all.filter(isDown),
		changes,
		fileChanges: neededChanges(evidence, diagnosis, choice.strategy),
	};
	const option = options.find(({strategy}) => strategy === choice.strategy);
	const refusals = [...(option?.refusals ?? []), ...choiceRefusals(planning)];
	const steps = refusals.length > 0 ? [] : allSteps(planning);
	return {
		apiVersion: 'hostport.dev/v1',
		kind: 'Plan',
		server: evidence.server,
		namespace: evidence.cilium?.namespace ?? '',
		kubernetes: evidence.kubernetes,
		ciliumVersion: view.version,
		choice,
		options,
		steps,
		refusals,
		binaries: steps.length === 0 ? [] : binaryPlaces(planning),
		warnings: steps.length === 0 ? [] : warnings(planning),
		skipped: view.nodes.filter(node => !planning.nodes.includes(node)).map(node => ({node: node.name, reason: passedBy(node, planning)})),
		left: refusals.length > 0 ? [] : podsLeft(planning),
		remaining: steps.length === 0 ? [] : remaining(planning),
	};
}

function allSteps(planning: Planning): Step[] {
	const steps = [...binarySteps(planning), ...agentSteps(planning), ...podSteps(planning), ...guardSteps(planning)];
	return steps.length === 0 ? [] : [...steps, proofStep()];
}

function choiceRefusals({view, choice, changes, leftOut, nodes}: Planning): Refusal[] {
	const refusals: Refusal[] = [];
	const known = new Set(view.nodes.map(({name}) => name));
	const unknown = [...(choice.nodes ?? []), ...(choice.leaveOut ?? []), ...(choice.canary === undefined ? [] : [choice.canary])].filter(
		name => !known.has(name),
	);
	if (unknown.length > 0) refusals.push({code: '', message: `there is no node ${unknown.join(', ')}`, hint: 'See: kubectl get nodes'});
	const canary = choice.canary === undefined ? undefined : view.nodes.find(({name}) => name === choice.canary);
	if (canary !== undefined && !nodes.includes(canary)) {
		refusals.push({
			code: '',
			message: `${canary.name} cannot go first: ${passedBy(canary, {leftOut, choice})}`,
			hint: 'Name another node with --canary.',
		});
	}

	const answering = nodes.filter(({name}) => choice.leaveOut?.includes(name) === true);
	if (answering.length > 0) {
		refusals.push({
			code: '',
			message: `${listOf(answering)} answers and cannot be left out: its agent would chain portmap too`,
			hint: '--leave-out is for nodes that are down.',
		});
	}

	if (choice.daemonSet === true && choice.strategy === 'native') {
		refusals.push({
			code: '',
			message: 'the DaemonSet keeps portmap on the nodes, and native does without portmap',
			hint: 'Leave --daemonset out: a node that joins has what native needs.',
		});
	}

	if (Object.keys(changes).length === 0) return refusals;
	if ((choice.nodes ?? []).length > 0) {
		refusals.push({
			code: '',
			message: `cilium-config has to change, and it counts for all nodes, not for ${choice.nodes?.join(', ')} alone`,
			hint: 'Run fix without node names; --canary NODE says which one goes first.',
		});
	}

	// A node that comes back later would load the chained list and have no binary: the very outage this program exists to prevent.
	const surprising = choice.strategy === 'portmap' ? leftOut.filter(({name}) => choice.leaveOut?.includes(name) !== true) : [];
	if (surprising.length > 0) {
		refusals.push({
			code: '',
			message: `${listOf(surprising)} does not answer: when it comes back with portmap chained and no binary, no pod can start or stop there`,
			hint: `Bring it back or delete the Node object; if its image has portmap: --leave-out ${surprising[0]?.name}`,
		});
	}

	return refusals;
}

function warnings({view, changes, choice, nodes, leftOut}: Planning): Warning[] {
	const daemonSet = view.evidence.cilium?.daemonSet;
	const settings = view.evidence.cilium?.configMap?.data ?? {};
	const owner = ownershipWarning(view, changes);
	const restarts = Object.keys(changes).length > 0;
	const overridden = nodes.filter(({overrides}) => overrides.some(({key, value}) => key in changes && changes[key]?.to !== value));
	const found: Array<Warning | undefined | false> = [
		owner,
		overridden[0] !== undefined && {
			message: `${listOf(overridden)}: ${overridden[0].overrides.map(({source, key, value}) => `${source} sets ${key}=${value}`).join(', ')}, which wins over cilium-config`,
			hint: 'Change it there too, or the plan stops at that node.',
		},
		restarts &&
			daemonSet?.updateStrategy === 'OnDelete' && {
				message: `The DaemonSet ${daemonSet.name} has the strategy OnDelete`,
				hint: 'Its pods are deleted one after another, each awaited.',
			},
		restarts &&
			view.evidence.networkPolicies.some(({kind}) => kind.startsWith('Cilium')) && {
				message: 'Cilium network policies are in use: while an agent restarts, its L7 and DNS rules answer nothing (some seconds a node)',
				hint: 'Choose a quiet hour where that hurts.',
			},
		choice.strategy === 'portmap' &&
			nodes.some(({node}) => node.containerRuntime.startsWith('cri-o://')) && {
				message: 'Some nodes run CRI-O, which maps hostPorts itself',
				hint: 'portmap changes nothing there (HP17).',
			},
		choice.strategy === 'portmap' &&
			view.evidence.kubeProxyMode === 'ipvs' && {
				message: 'kube-proxy runs in IPVS mode: portmap before 0.7.5 takes the traffic of Services on the same port (CVE-2019-9946)',
				hint: 'Use a portmap of 1.9.1 or later.',
			},
		...clashes(view),
		settings['enable-l7-proxy'] === 'true' &&
			restarts &&
			view.evidence.networkPolicies.length > 0 && {
				message: 'The L7 proxy is on: connections that go through it break when the agent restarts',
				hint: 'They are made anew by their clients.',
			},
		leftOut.length > 0 && {
			message: `${listOf(leftOut)} is left out`,
			hint: 'Run fix again when it is back, before pods are scheduled there.',
		},
	];
	return found.filter((each): each is Warning => each !== undefined && each !== false);
}

function clashes({evidence, hostPorts}: View): Warning[] {
	const ports = new Set(hostPorts.map(({port}) => port.hostPort));
	const shared = evidence.services.flatMap(({namespace, name, ports: own}) =>
		own.filter(({port}) => ports.has(port)).map(({port}) => `${namespace}/${name}:${port}`),
	);
	return shared.length === 0
		? []
		: [
				{
					message: `Services have a port number in common with a hostPort: ${shared.slice(0, 5).join(', ')}`,
					hint: 'They are watched: the repair stops where one loses its traffic (HP15).',
				},
			];
}

function remaining(planning: Planning): string[] {
	const {view, changes, choice, leftOut} = planning;
	return [
		...(choice.strategy === 'portmap' && choice.daemonSet !== true && !isGuarded(planning)
			? [
					'A node that joins later has no portmap: kubectl hostport fix --daemonset mends that, or manifest daemonset, or manifest init-script.',
				]
			: []),
		...(ownershipWarning(view, changes) === undefined
			? []
			: ['Commit the values named above where cilium-config is made, or it is undone.']),
		...leftLines(podsLeft(planning)),
		...leftOut.map(({name}) => `${name} was left out: run fix again when it answers.`),
		'What stands before the nodes (security group, firewall) has to let the hostPorts in.',
	];
}

function passedBy(node: NodeView, {leftOut, choice}: Pick<Planning, 'leftOut' | 'choice'>): string {
	if (leftOut.includes(node)) return `it does not answer: ${node.skipped || node.node.readyMessage || 'not ready'}`;
	if (node.skipped !== '') return node.skipped;
	return (choice.nodes ?? []).length > 0 ? 'not among the nodes named' : 'not concerned';
}

function proofStep(): Step {
	return {
		id: 'proof',
		kind: 'final-proof',
		title: 'connect to every hostPort',
		node: '',
		preview: {text: 'Connects to every hostPort from its own node and from another.', changes: []},
		checkBefore: 'none',
		checkAfter: 'cilium-config still says what was written; every hostPort answers',
		undo: 'nothing to undo',
		blastRadius: 'one short connection to each hostPort',
		parameters: {},
	};
}
