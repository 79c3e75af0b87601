// Values of the wizard as its engine makes them, from one look at the story's cluster.
import type {Diagnosis} from '../../source/diagnosis/diagnosis.ts';
import {hostPortName} from '../../source/diagnosis/diagnosis.ts';
import type {Evidence} from '../../source/evidence/evidence.ts';
import type {ProofResult} from '../../source/proof/proof.ts';
import {makePlan} from '../../source/repair/plan/make-plan.ts';
import type {PastRun, Repair, StepProgress} from '../../source/tui/repair/values.ts';

const source = 'node:node-9';
const id = '20240207-020000-a1b2';

function planned(evidence: Evidence, diagnosis: Diagnosis): Repair {
	const planOf = (strategy: 'portmap' | 'native', sources: readonly string[] = []) => makePlan(evidence, diagnosis, {strategy, sources});
	return {
		problem: null,
		clusterName: 'nks-prod',
		plans: {portmap: planOf('portmap'), native: planOf('native')},
		chosen: {strategy: 'portmap', source},
		marked: '',
		extras: [{what: 'daemonSet', says: 'Keep portmap on every node with a DaemonSet, new nodes included', names: [], isOn: false}],
		offers: [
			{source, says: 'works there; same architecture as its node', isNear: true},
			{source: 'release:1.9.1', says: 'the official archive, fetched by this machine from github.com', isNear: false},
		],
		unfinished: null,
		prepared: null,
		run: null,
		before: diagnosis,
		runs: null,
		damaged: [],
		doubts: null,
	};
}

export function preparedRepair(evidence: Evidence, diagnosis: Diagnosis): Repair {
	const plan = makePlan(evidence, diagnosis, {strategy: 'portmap', sources: [source]});
	const binary = {
		architecture: 'amd64',
		version: '1.9.1',
		sha256: 'ab'.repeat(32),
		size: 4_100_000,
		origin: 'node node-9',
		nodes: 3,
		warnings: [],
	};
	const prepared = {
		strategy: 'portmap' as const,
		source,
		plan,
		binaries: [binary],
		serverSays: ['the server accepts: set cni-chaining-mode=portmap'],
		doubts: [],
	};
	return {...planned(evidence, diagnosis), prepared};
}

function done(evidence: Evidence, diagnosis: Diagnosis): readonly StepProgress[] {
	const {steps} = makePlan(evidence, diagnosis, {strategy: 'portmap', sources: [source]});
	return steps.map(({id: step, kind, title, node}) => ({id: step, kind, title, node, state: 'done', says: '', since: 1, seconds: 1.2}));
}

function past(evidence: Evidence, diagnosis: Diagnosis, parts: Partial<PastRun> = {}): PastRun {
	const {steps: planSteps} = makePlan(evidence, diagnosis, {strategy: 'portmap', sources: [source]});
	const steps = done(evidence, diagnosis);
	return {
		id,
		strategy: 'portmap',
		outcome: 'done',
		startedAt: '2024-02-07T02:00:00Z',
		by: 'kim@bastion',
		done: steps.length,
		total: steps.length,
		steps,
		changes: planSteps.flatMap(({preview}) => preview.changes),
		source,
		undo: [{title: 'set cni-chaining-mode=portmap', says: 'restores the old values'}],
		isOwn: true,
		...parts,
	};
}

/** A run that has ended, every hostPort connected to. */
export function endedRun(evidence: Evidence, diagnosis: Diagnosis): Repair {
	const results = diagnosis.hostPorts.map((port): ProofResult => ({
		hostPort: hostPortName(port),
		node: port.node,
		from: 'same-node',
		via: port.node,
		address: '10.88.0.11',
		ok: true,
		milliseconds: 0.4,
		error: '',
		verdict: 'works',
		note: '',
		by: '',
		expected: 'answer',
		finding: '',
	}));
	return {
		...planned(evidence, diagnosis),
		run: {
			kind: 'repair',
			id,
			since: 0,
			steps: done(evidence, diagnosis),
			log: [],
			asked: results,
			answered: results,
			isStopping: false,
			end: {
				outcome: 'done',
				seconds: 70,
				message: '',
				hint: '',
				lines: [`Run ${id} is done.`],
				remaining: ['Before that, set this in your Helm values before that: cni.chainingMode=portmap'],
				proof: {
					apiVersion: 'hostport.dev/v1',
					kind: 'Proof',
					generatedAt: '',
					results,
					pods: [],
					unasked: [],
					skipped: ['pods: nothing was asked from a pod'],
				},
				connections: '7 of 7 connections work',
				past: past(evidence, diagnosis),
			},
		},
	};
}

export function pastRuns(evidence: Evidence, diagnosis: Diagnosis): Repair {
	const back = done(evidence, diagnosis).map(step => ({
		...step,
		state: step.kind === 'put-binary' ? ('left' as const) : ('undone' as const),
	}));
	return {
		...planned(evidence, diagnosis),
		runs: [
			past(evidence, diagnosis),
			past(evidence, diagnosis, {id: '20240206-030000-c3d4', outcome: 'rolled-back', done: 0, steps: back, undo: []}),
		],
	};
}
