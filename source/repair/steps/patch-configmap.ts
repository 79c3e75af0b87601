import * as z from 'zod/mini';
import type {Refusal} from '../../diagnosis/refusals.ts';
import {isDown, repairable} from '../../diagnosis/repairable-nodes.ts';
import {ActionableError} from '../../errors.ts';
import {printableLine, withMarks} from '../../foreign-text.ts';
import {line, name, paragraph, plannedKey, settingValue} from '../checked-values.ts';
import {
	configMapPath,
	differences,
	oddValues,
	oldValues,
	readConfigMap,
	remembered,
	writeValues,
	type SeenConfigMap,
} from '../acts/cilium-config.ts';
import {defineStep, type Checked} from '../define-step.ts';
import {joinedNodes} from '../acts/nodes-now.ts';
import type {Step} from '../plan/plan.ts';
import {chained, changesSettings, fileChangesOf, listOf, namespaceOf, type Planning} from '../plan/planning.ts';
import {assertBinariesRun} from '../acts/running-binaries.ts';
import type {StepContext} from '../step-work.ts';
import {reasonsOfChanges, type KeyChanges} from '../plan/wanted-keys.ts';
import {listed} from '../../words.ts';

const mostShown = 5;

const parameters = z.strictObject({
	namespace: name,
	name: z.literal('cilium-config'),
	changes: z.record(plannedKey, z.strictObject({from: z.nullable(line), to: z.nullable(settingValue)})),
	/** The version that the preview was made from. */
	resourceVersion: line,
	/** What is remembered of its data: what a change by someone else is told against. */
	seen: z.record(line, paragraph),
	/** The new settings make the runtime call portmap. */
	chains: z.boolean(),
});
type PatchConfigMap = Step<Checked<typeof parameters>>;

/** Writes our keys, and nothing else, into cilium-config: guarded by its version, tried in a dry run first. */
export const patchConfigMap = defineStep({
	kind: 'patch-configmap',
	parameters,
	/** The old values by key; null: it was not there. */
	captured: z.record(line, z.nullable(paragraph)),
	parallel: 1,
	order: {plan: () => 30, undo: 1},
	words: (_node, {changes}) => ({
		id: 'configmap',
		title: `${changesInWords(changes)} in cilium-config`,
		undo: 'restores the old values of these keys, unless someone changed them since',
	}),

	// The settings count for a node that is down too: with portmap chained it must not come back without the binary.
	offers: {
		leaveOut({view}) {
			const down = repairable(view).filter(isDown);
			return down.length === 0 ? undefined : down.map(node => node.name);
		},
	},

	refusals: planning => [...answeringRefusals(planning), ...(changesSettings(planning) ? clusterRefusals(planning) : [])],

	plan(planning) {
		if (!changesSettings(planning)) return [];
		const {view, changes, choice} = planning;
		const configMap = view.evidence.cilium?.configMap;
		return [
			{
				parameters: {
					namespace: namespaceOf(planning),
					name: 'cilium-config' as const,
					changes,
					resourceVersion: configMap?.resourceVersion ?? '',
					seen: remembered(configMap?.data ?? {}),
					chains: choice.strategy === 'portmap',
				},
				preview: {
					text: [
						`Patches configmap ${namespaceOf(planning)}/cilium-config: ${changesInWords(changes)}; nothing else in it.`,
						...reasonsOfChanges(changes),
					].join(' '),
					changes: fileChangesOf(planning, ''),
				},
				checkBefore: `it has not changed since this preview; ${chained(planning, 'no node has joined; portmap runs on every node at that moment; ')}the server accepts the patch in a dry run`,
				checkAfter: 'the keys have the new values',
				blastRadius: 'nothing by itself: agents read it when they start',
			},
		];
	},

	summary: () => 'changes cilium-config',
	dryRun: own => ({
		method: 'PATCH',
		patchType: 'merge',
		path: configMapPath(own),
		body: {metadata: {resourceVersion: own.resourceVersion}, data: newValues(own)},
	}),
	chains: own => own.chains,
	undoing: {settings: 'brings the old'},

	async check(step, context) {
		const {parameters} = step;
		if (parameters.chains) {
			await assertNoNewNode(context);
			await assertBinariesRun(context);
		}

		const current = await readConfigMap(step.parameters, context);
		if (isSet(step, current)) return 'the keys are already set';
		if (current.metadata?.resourceVersion !== parameters.resourceVersion) assertUnchanged(step, current);
		await writeValues(step.parameters, context, newValues(step.parameters), current, true);
		return undefined;
	},

	async capture(step, context) {
		const {data = {}} = await readConfigMap(step.parameters, context);
		return Object.fromEntries(Object.keys(step.parameters.changes).map(key => [key, data[key] ?? null]));
	},

	async apply(step, context) {
		const current = await readConfigMap(step.parameters, context);
		if (isSet(step, current)) return; // an answer that was lost on its way
		await writeValues(step.parameters, context, newValues(step.parameters), current);
	},

	async verify(step, context) {
		await assertKept(step, context);
		return Object.entries(step.parameters.changes)
			.map(([key, {to}]) => `${key}: ${to ?? 'gone'}`)
			.join(', ');
	},

	async revert(step, context, before) {
		const {changes, name: own, namespace} = step.parameters;
		const current = await readConfigMap(step.parameters, context);
		const {back, foreign} = oldValues(changes, before, current);
		const odd = oddValues(context.plan.ciliumVersion, back).filter(({id}) => !context.vouched.has(id));
		if (odd.length > 0) {
			throw new ActionableError(
				`the journal says that ${own} had ${odd.map(({key, value, why}) => `${printableLine(`${key}: ${value}`, 120)}, which ${why}`).join('; ')}; nothing was restored`,
				`Roll back in a terminal without --yes to see them and decide. Or set these keys yourself: kubectl -n ${namespace} edit configmap ${own}`,
			);
		}

		if (Object.keys(back).length > 0) await writeValues(step.parameters, context, back, current);
		if (foreign.length === 0) return {state: 'undone', says: `${own} is as before`};
		throw new ActionableError(
			`${foreign.join(', ')} in ${own} was changed by someone else since and was kept`,
			'Restore the earlier value and roll back again, or keep it and run kubectl hostport cleanup, which forgets the run.',
		);
	},

	async doubts({parameters: {changes, name: own, namespace}}, context, before, on) {
		if (on === 'resume') return [];
		const {back} = oldValues(changes, before, await readConfigMap({namespace, name: own}, context));
		return oddValues(context.plan.ciliumVersion, back)
			.filter(({id}) => !context.vouched.has(id))
			.map(({key, value, why, id}) => ({
				id,
				about: own,
				says: `the journal says that ${key} had a value in ${own} which ${why}`,
				shown: `${key}: ${withMarks(value)}\n`,
				question: `Restore this value of ${key}?`,
			}));
	},
});

/** `set a=b, c=d; remove e`. */
function changesInWords(changes: KeyChanges): string {
	const all = Object.entries(changes);
	const set = all.flatMap(([key, {to}]) => (to === null ? [] : [`${key}=${to}`])).join(', ');
	const removed = all.flatMap(([key, {to}]) => (to === null ? [key] : [])).join(', ');
	return [set && `set ${set}`, removed && `remove ${removed}`].filter(Boolean).join('; ');
}

/** @throws ActionableError where cilium-config says something else than this step has written */
export async function assertKept(step: PatchConfigMap, context: StepContext): Promise<void> {
	const current = await readConfigMap(step.parameters, context);
	if (isSet(step, current)) return;
	const lost = Object.entries(step.parameters.changes).filter(([key, {to}]) => (current.data?.[key] ?? null) !== to);
	throw new ActionableError(
		`${step.parameters.name} does not keep the change: ${lost.map(([key]) => printableLine(`${key} is ${current.data?.[key] ?? 'gone'}`, 120)).join(', ')}`,
		'Something else manages it (Helm, Argo CD, Flux, an operator, the provider): change it there.',
	);
}

function isSet({parameters: {changes}}: PatchConfigMap, {data = {}}: SeenConfigMap): boolean {
	return Object.entries(changes).every(([key, {to}]) => (data[key] ?? null) === to);
}

function newValues({changes}: Pick<PatchConfigMap['parameters'], 'changes'>): Record<string, string | null> {
	return Object.fromEntries(Object.entries(changes).map(([key, change]) => [key, change.to]));
}

/** Somebody else's change between preview and act: the person said yes to something else than would happen now. */
function assertUnchanged(step: PatchConfigMap, current: SeenConfigMap): void {
	const found = differences(step.parameters.seen, current);
	if (found.length === 0) return; // labels, annotations or managers only
	throw new ActionableError(
		`${step.parameters.name} was changed by someone else since the preview: ${listed(found, mostShown)}`,
		'Nothing was written. Run fix again and check the new plan.',
	);
}

/** A node that joined after the plan was made has no binary, and its agent would chain portmap at once. */
async function assertNoNewNode(context: StepContext): Promise<void> {
	const joined = await joinedNodes(context);
	if (joined.length === 0) return;
	throw new ActionableError(
		`${joined.slice(0, mostShown).join(', ')} joined since the plan was made and may not have portmap`,
		'Nothing was written. Run fix again: it resumes where it stopped.',
	);
}

/** Only what is down can be skipped: an agent that runs takes the settings. */
function answeringRefusals({nodes, choice}: Planning): readonly Refusal[] {
	const answering = nodes.filter(({name}) => choice.leaveOut?.includes(name) === true);
	if (answering.length === 0) return [];
	const message = `${listOf(answering)} is reachable and cannot be skipped: its agent would chain portmap too`;
	return [{code: '', message, hint: 'Use --skip only for unreachable nodes.'}];
}

/** What counts for all nodes cannot be done on some. */
function clusterRefusals({choice, unreachable}: Planning): readonly Refusal[] {
	const named = choice.nodes ?? [];
	// A node that comes back later would load the chained conflist and have no binary: the very outage this program exists to prevent.
	const surprising = choice.strategy === 'portmap' ? unreachable.filter(({name}) => choice.leaveOut?.includes(name) !== true) : [];
	const refusals: Array<Refusal | false> = [
		named.length > 0 && {
			code: '',
			message: `this repair changes cilium-config, which applies to all nodes, not only to ${named.join(', ')}`,
			hint: 'Run fix without node names; --canary NODE sets which one goes first.',
		},
		surprising.length > 0 && {
			code: '',
			message: `${listOf(surprising)} is unreachable: if it returns without portmap once portmap is chained, no pod can start or stop there`,
			hint: `Bring it back or delete the Node object. If its image has portmap: --skip ${surprising[0]?.name}`,
		},
	];
	return refusals.filter(each => each !== false);
}
