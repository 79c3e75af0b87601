import {ActionableError} from '../../errors.ts';
import {printable, printableLine} from '../../foreign-text.ts';
import {joinedNodes} from '../nodes-now.ts';
import {isAcceptedValue} from '../planned-values.ts';
import {isConflict} from '../patience.ts';
import type {StepOf} from '../plan.ts';
import {assertBinariesRun} from '../running-binaries.ts';
import type {StepContext, StepWork} from '../step-work.ts';

export const fieldManager = 'kubectl-hostport';
const mostShown = 5;

type SeenConfigMap = {readonly metadata?: {readonly resourceVersion?: string}; readonly data?: Readonly<Record<string, string>>};
type Step = StepOf<'patch-configmap'>;

/** Writes our keys, and nothing else, into cilium-config: guarded by its version, tried in a dry run first. */
export const patchConfigMap: StepWork<'patch-configmap'> = {
	async check(step, context) {
		const {parameters} = step;
		if (parameters.chains) {
			await assertNoNewNode(context);
			await assertBinariesRun(context);
		}

		const current = await read(step, context);
		if (isSet(step, current)) return 'the keys are set already';
		if (current.metadata?.resourceVersion !== parameters.resourceVersion) assertUnchanged(step, current);
		await patch(step, context, changesTo(step), current, true);
		return undefined;
	},

	async capture(step, context) {
		const {data = {}} = await read(step, context);
		return Object.fromEntries(Object.keys(step.parameters.changes).map(key => [key, data[key] ?? null]));
	},

	async apply(step, context) {
		const current = await read(step, context);
		if (isSet(step, current)) return; // an answer that was lost on its way
		await patch(step, context, changesTo(step), current, false);
	},

	async verify(step, context) {
		await assertKept(step, context);
		return Object.entries(step.parameters.changes)
			.map(([key, {to}]) => `${key}: ${to ?? 'gone'}`)
			.join(', ');
	},

	async undo(step, context, before) {
		const current = await read(step, context);
		const {changes} = step.parameters;
		const foreign = Object.keys(changes).filter(
			key => ![changes[key]?.to ?? null, before[key] ?? null].includes(current.data?.[key] ?? null),
		);
		const back = Object.fromEntries(
			Object.keys(changes).flatMap(key =>
				foreign.includes(key) || (current.data?.[key] ?? null) === (before[key] ?? null) ? [] : [[key, before[key] ?? null]],
			),
		);
		const odd = Object.entries(back).filter(([key, value]) => !isAcceptedValue(context.plan.ciliumVersion, key, value));
		if (odd.length > 0) {
			throw new ActionableError(
				`the journal says that ${step.parameters.name} had ${odd.map(([key, value]) => printableLine(`${key}: ${String(value)}`, 120)).join(', ')}, which Cilium ${context.plan.ciliumVersion} does not take; nothing was put back`,
				`Set these keys yourself (kubectl -n ${step.parameters.namespace} edit configmap ${step.parameters.name}), then roll back again`,
			);
		}

		if (Object.keys(back).length > 0) await patch(step, context, back, current, false);
		if (foreign.length === 0) return {state: 'undone', says: `${step.parameters.name} is as before`};
		throw new ActionableError(
			`${foreign.join(', ')} in ${step.parameters.name} was changed by someone else since; it was left`,
			'Set it to what it was and roll back again, or keep it: kubectl hostport cleanup forgets the run.',
		);
	},
};

/** @throws ActionableError where cilium-config says something else than this step has written */
export async function assertKept(step: Step, context: StepContext): Promise<void> {
	const current = await read(step, context);
	if (isSet(step, current)) return;
	const lost = Object.entries(step.parameters.changes).filter(([key, {to}]) => (current.data?.[key] ?? null) !== to);
	throw new ActionableError(
		`${step.parameters.name} does not keep the change: ${lost.map(([key]) => printableLine(`${key} is ${current.data?.[key] ?? 'gone'}`, 120)).join(', ')}`,
		'Something else writes it (Helm, Argo CD, Flux, an operator, the provider): change it there.',
	);
}

function path({parameters: {namespace, name}}: Step): string {
	return `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps/${encodeURIComponent(name)}`;
}

async function read(step: Step, {client, signal}: StepContext): Promise<SeenConfigMap> {
	return client.request<SeenConfigMap>({path: path(step), signal});
}

function isSet({parameters: {changes}}: Step, {data = {}}: SeenConfigMap): boolean {
	return Object.entries(changes).every(([key, {to}]) => (data[key] ?? null) === to);
}

function changesTo({parameters: {changes}}: Step): Record<string, string | null> {
	return Object.fromEntries(Object.entries(changes).map(([key, change]) => [key, change.to]));
}

async function patch(
	step: Step,
	{client, signal}: StepContext,
	data: Readonly<Record<string, unknown>>,
	{metadata}: SeenConfigMap,
	isDryRun: boolean,
): Promise<void> {
	try {
		await client.request({
			method: 'PATCH',
			path: path(step),
			patchType: 'merge',
			query: {fieldManager, ...(isDryRun && {dryRun: 'All'})},
			body: {metadata: {resourceVersion: metadata?.resourceVersion}, data},
			signal,
		});
	} catch (error) {
		if (!isConflict(error)) throw error;
		throw new ActionableError(
			`${step.parameters.name} was changed by someone else in this very moment`,
			'Nothing was written. Run fix again and look at the new plan.',
			{cause: error},
		);
	}
}

/** Somebody else's change between preview and act: the person said yes to something else than would happen now. */
function assertUnchanged(step: Step, current: SeenConfigMap): void {
	const found = differences(step, current);
	if (found.length === 0) return; // labels, annotations or managers only
	const shown = found.slice(0, mostShown).join(', ') + (found.length > mostShown ? ` and ${found.length - mostShown} more` : '');
	throw new ActionableError(
		`${step.parameters.name} was changed by someone else since the preview: ${shown}`,
		'Nothing was written. Run fix again and look at the new plan.',
	);
}

/** What stands there now against what the preview was made from. */
function differences({parameters: {seen}}: Step, {data = {}}: SeenConfigMap): string[] {
	const keys = [...new Set([...Object.keys(seen), ...Object.keys(data)])].sort();
	return keys.flatMap(key => {
		const now = data[key] === undefined ? undefined : printable(data[key]);
		return seen[key] === now ? [] : [printableLine(`${key}: ${seen[key] ?? '(not there)'} → ${now ?? '(gone)'}`, 120)];
	});
}

/** A node that joined after the plan was made has no binary, and its agent would chain portmap at once. */
async function assertNoNewNode(context: StepContext): Promise<void> {
	const joined = await joinedNodes(context);
	if (joined.length === 0) return;
	throw new ActionableError(
		`${joined.slice(0, mostShown).join(', ')} joined since the plan was made and may have no portmap`,
		'Nothing was written. Run fix again: it goes on where it stopped.',
	);
}
