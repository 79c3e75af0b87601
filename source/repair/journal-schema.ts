/**
 * What a journal may say. A journal is a claim: whoever may write a ConfigMap beside Cilium can write one. So this schema knows every kind
 * of step and its parameters, and takes from a journal what this program could have planned: ids, titles and undo texts are made anew from
 * kind and parameters, texts are made printable, and whatever else stands there is dropped or refused.
 */
import * as z from 'zod/mini';
import {ActionableError} from '../errors.ts';
import {printable, printableLine} from '../foreign-text.ts';
import type {Journal} from './journal.ts';
import {chains, type Parameters, type Step, type StepKind} from './plan.ts';
import {isPlannedKey} from './planned-values.ts';
import {undoOfPods} from './plan-pods.ts';

const line = z.string().check(z.overwrite(value => printableLine(value)));
const paragraph = z.string().check(z.overwrite(value => printable(value, 65_536)));
const lines = z.array(line);
/** A name as Kubernetes gives them (RFC 1123 subdomain); a node's, a pod's, a namespace's. */
const name = z.string().check(z.regex(/^[a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?$/u));
const uid = z.string().check(z.regex(/^[\w.-]{1,128}$/u));
const folder = z.string().check(
	z.regex(/^(?:\/[\w.-]+)+$/u),
	z.refine(value => !/(?:^|\/)\.{1,2}(?:\/|$)/u.test(value)),
);
const api = z.enum(['cilium.io/v2alpha1', 'cilium.io/v2']);
const form = z.enum(['portmap', 'plain']);
const expectation = z.enum(['portmap', 'plain', 'native']);
const plannedKey = z.string().check(z.refine(isPlannedKey));
const settingValue = z.string().check(z.regex(/^[\w.:,/-]{0,128}$/u));
const architecture = z.string().check(z.regex(/^[a-z\d]{0,16}$/u));

/** The parameters of each kind of step, as a journal may hold them. */
const parameters: {readonly [Kind in StepKind]: z.ZodMiniType<Parameters[Kind]>} = {
	'put-binary': z.strictObject({folder, architecture}),
	'canary-config': z.strictObject({
		namespace: name,
		api,
		settings: z.record(plannedKey, settingValue),
		hostname: z.string().check(z.regex(/^[\w.-]{1,253}$/u)),
		expect: expectation,
	}),
	'canary-agent': z.strictObject({expect: expectation}),
	'end-canary': z.strictObject({namespace: name, api}),
	'test-pod': z.strictObject({
		namespace: name,
		image: line,
		hostPort: z.int().check(z.gte(1024), z.lte(65_535)),
		address: z.string().check(z.regex(/^[\da-fA-F.:]{0,45}$/u)),
	}),
	'patch-configmap': z.strictObject({
		namespace: name,
		name: z.literal('cilium-config'),
		changes: z.record(plannedKey, z.strictObject({from: z.nullable(line), to: z.nullable(settingValue)})),
		resourceVersion: line,
		seen: z.record(line, paragraph),
		chains: z.boolean(),
	}),
	'roll-agents': z.strictObject({namespace: name, daemonSet: name, nodes: z.array(name), leftOut: z.int().check(z.gte(0))}),
	'await-conflist': z.strictObject({nodes: z.array(name), form, before: z.enum(['portmap', 'plain', 'mixed'])}),
	'await-native': z.strictObject({nodes: z.array(name)}),
	'recreate-pods': z.strictObject({
		namespace: name,
		owner: z.string().check(
			z.regex(/^(?:[A-Z][A-Za-z]{0,62}\/[a-z\d][a-z\d.-]{0,252})?$/u),
			z.refine(value => !/^(?:Node|Job|CronJob)\//u.test(value)),
		),
		pods: z.array(z.strictObject({name, uid, node: name, ready: z.boolean()})).check(z.minLength(1)),
		changesList: z.boolean(),
	}),
	'guard-new-nodes': z.strictObject({
		namespace: name,
		image: line,
		folder,
		architectures: z.array(architecture),
		leftOut: z.int().check(z.gte(0)),
	}),
	'final-proof': z.strictObject({}),
};

const stepHead = z.object({id: line, kind: z.string(), node: z.union([z.literal(''), name]), parameters: z.looseObject({})});
const captured = z.record(line, z.union([paragraph, z.number(), z.boolean(), z.null(), lines]));
const states = ['pending', 'started', 'done', 'skipped', 'failed', 'undoing', 'undone', 'left', 'undo-failed'] as const;
const entry = z.object({state: z.enum(states), before: z.nullable(captured), seconds: z.number(), says: line});
const entries = z.record(line, entry);
const outcomes = ['running', 'done', 'nothing-to-do', 'failed', 'interrupted', 'rolled-back', 'rollback-failed', 'incomplete'] as const;
const strategy = z.enum(['portmap', 'native']);

const plan = z.object({
	apiVersion: z.literal('hostport.dev/v1'),
	kind: z.literal('Plan'),
	server: line,
	namespace: name,
	kubernetes: line,
	ciliumVersion: line,
	choice: z.object({
		strategy,
		sources: z.optional(lines),
		canary: z.optional(name),
		nodes: z.optional(z.array(name)),
		leaveOut: z.optional(z.array(name)),
		allowBarePods: z.optional(z.boolean()),
		daemonSet: z.optional(z.boolean()),
	}),
	steps: z.array(stepHead),
	binaries: z.array(z.object({node: name, folder})),
	skipped: z.array(z.object({node: name, reason: line})),
	left: z.array(z.object({pod: line, reason: line})),
	remaining: lines,
});

const journal = z.object({
	apiVersion: z.literal('hostport.dev/v1'),
	kind: z.literal('Journal'),
	id: z.string().check(z.regex(/^\d{8}-\d{6}-[\da-f]{4}$/u)),
	startedAt: line,
	updatedAt: line,
	by: line,
	plan,
	entries,
	outcome: z.enum(outcomes),
});

/** A later line of a journal's file: what has changed. */
const journalPart = z.object({updatedAt: line, outcome: z.enum(outcomes), entries});

/** Whether a run has a name that this program gives. */
export const isRunId = (id: string): boolean => /^\d{8}-\d{6}-[\da-f]{4}$/u.test(id);

/** A journal that this version cannot read, or that it could not have written. Nothing of it is acted on. */
export class UnreadableJournal extends ActionableError {
	override readonly name = 'UnreadableJournal';

	constructor(where: string, why: string) {
		super(
			`the journal ${where} is not one that this version could have written: ${printableLine(why, 200)}`,
			'Nothing of it is carried out. Use the version that wrote it, or put cilium-config back by hand; then kubectl hostport cleanup --all forgets it',
		);
	}
}

/**
 * Reads a journal from wherever it was kept.
 * @param where its ConfigMap or file, for the error
 * @throws UnreadableJournal
 */
export function readJournal(value: unknown, where: string): Journal {
	const read = journal.safeParse(value);
	if (!read.success) throw new UnreadableJournal(where, firstIssue(read.error));
	const {plan: claimed, ...rest} = read.data;
	const steps = claimed.steps.map(step => readStep(step, claimed.namespace, where));
	const ids = new Set(steps.map(({id}) => id));
	if (ids.size < steps.length) throw new UnreadableJournal(where, 'two steps have the same id');
	assertConsistent(steps, rest.entries, where);
	return {...rest, plan: {...claimed, steps, options: [], refusals: [], warnings: []}} as Journal;
}

/** Reads what a later line of a journal's file has changed; undefined where it is none. */
export function readJournalPart(value: unknown): z.infer<typeof journalPart> | undefined {
	const read = journalPart.safeParse(value);
	return read.success ? read.data : undefined;
}

function readStep({id, kind, node, parameters: claimed}: z.infer<typeof stepHead>, namespace: string, where: string): Step {
	if (!isKind(kind)) throw new UnreadableJournal(where, `the kind of step ${kind} is not known`);
	const read = parameters[kind].safeParse(claimed);
	if (!read.success) throw new UnreadableJournal(where, `${kind}: ${firstIssue(read.error)}`);
	const own = read.data;
	if (kind !== 'recreate-pods' && 'namespace' in own && own.namespace !== namespace)
		throw new UnreadableJournal(where, `${kind} is for the namespace ${own.namespace}`);
	// The kind decides which parameters these are; TypeScript cannot follow this through a union.
	const words = (wordsOf[kind] as (node: string, own: unknown) => Words)(node, own);
	if (words.id !== id) throw new UnreadableJournal(where, `${kind} has the id ${id}`);
	return {
		id,
		kind,
		node,
		title: words.title,
		undo: words.undo,
		preview: {text: words.title, changes: []},
		checkBefore: '',
		checkAfter: '',
		blastRadius: '',
		parameters: own,
	} as Step;
}

function isKind(kind: string): kind is StepKind {
	return Object.hasOwn(parameters, kind);
}

/** What a step says of another has to be there. */
function assertConsistent(steps: readonly Step[], all: z.infer<typeof entries>, where: string): void {
	if (steps.some(step => step.kind === 'recreate-pods' && step.parameters.changesList) && !steps.some(chains))
		throw new UnreadableJournal(where, 'its pods are said to be restarted for a change that it does not make');
	const known = new Map(steps.map(step => [step.id, step]));
	for (const [id, {before}] of Object.entries(all)) {
		const step = known.get(id);
		if (step === undefined) throw new UnreadableJournal(where, `there is no step ${id}`);
		if (step.kind === 'roll-agents' && !isTimeOrNothing(before?.['was'])) throw new UnreadableJournal(where, 'restartedAt is no time');
	}
}

const isTimeOrNothing = (value: unknown): boolean =>
	value === undefined || value === null || (typeof value === 'string' && /^[\dTZ:.+-]{10,40}$/u.test(value));

function firstIssue({
	issues: [first],
}: {
	readonly issues: ReadonlyArray<{readonly path: readonly PropertyKey[]; readonly message: string}>;
}): string {
	return first === undefined ? 'it has another form' : `${first.path.map(String).join('.')}: ${first.message}`;
}

type Words = {readonly id: string; readonly title: string; readonly undo: string};

/** The words of a step of an earlier run, made from nothing but its kind and parameters. */
const wordsOf: {readonly [Kind in StepKind]: (node: string, own: Parameters[Kind]) => Words} = {
	'put-binary': (node, {folder: into}) => ({
		id: `binary/${node}`,
		title: `put portmap on ${node}`,
		undo: `nothing to undo: it stays in ${into}`,
	}),
	'canary-config': node => ({
		id: `canary/${node}`,
		title: `try it on ${node} alone`,
		undo: 'deletes the CiliumNodeConfig and restarts that agent',
	}),
	'canary-agent': node => ({
		id: `canary/${node}`,
		title: `restart the agent of ${node} first`,
		undo: 'restarts that agent once cilium-config is as before',
	}),
	'end-canary': () => ({id: 'end-canary', title: 'remove the settings of the first node alone', undo: 'nothing to undo'}),
	'test-pod': node => ({id: `test-pod/${node}`, title: `prove it with a test pod on ${node}`, undo: 'deletes the pod'}),
	'patch-configmap': (_node, {changes}) => ({
		id: 'configmap',
		title: `${Object.entries(changes)
			.map(([key, {to}]) => (to === null ? `remove ${key}` : `set ${key}=${to}`))
			.join('; ')} in cilium-config`,
		undo: 'puts the old values of these keys back, unless somebody changed them since',
	}),
	'roll-agents': (_node, {daemonSet, nodes}) => ({
		id: 'agents',
		title: nodes.length === 0 ? `restart ${daemonSet} on all nodes` : `restart the agents of ${nodes.length} nodes`,
		undo: nodes.length === 0 ? 'restarts the agents with the old settings' : 'nothing to undo',
	}),
	'await-conflist': () => ({
		id: 'conflist',
		title: 'wait until every node runs the new CNI config',
		undo: 'waits until every node runs its old CNI config again, and restarts the agent where not',
	}),
	'await-native': () => ({id: 'native', title: 'wait until every agent serves hostPort', undo: 'nothing to undo'}),
	'recreate-pods': (_node, {namespace, owner, pods, changesList}) => ({
		id: `pods/${namespace}/${owner || `Pod/${pods[0]?.name ?? ''}`}`,
		title:
			owner === ''
				? `restart the pod ${namespace}/${pods[0]?.name ?? ''}`
				: `restart ${pods.length === 1 ? 'the pod' : `${pods.length} pods`} of ${namespace}/${owner}`,
		undo: undoOfPods(changesList),
	}),
	'guard-new-nodes': () => ({
		id: 'guard',
		title: 'keep portmap on every node that joins',
		undo: 'deletes the DaemonSet and its ConfigMaps; the binary stays on the nodes',
	}),
	'final-proof': () => ({id: 'proof', title: 'connect to every hostPort', undo: 'nothing to undo'}),
};
