/**
 * What a journal may say. A journal is a claim: whoever may write a ConfigMap beside Cilium can write one. So only what this program could
 * have planned is taken from it: each kind of step has the schema of its parameters (`steps/`), ids, titles and undo texts are derived again
 * from kind and parameters, texts are made printable, and whatever else stands there is dropped or refused.
 */
import * as z from 'zod/mini';
import {ActionableError} from '../../errors.ts';
import {firstIssue} from '../../first-issue.ts';
import {printableLine} from '../../foreign-text.ts';
import {choiceRows} from '../../choices.ts';
import {cniVersions, folder, line, lines, name, paragraph} from '../checked-values.ts';
import type {Journal} from '../journal.ts';
import type {Step} from '../plan/plan.ts';
import type {Captured} from '../step-work.ts';
import {chains, kindNamed, kindOf, withWords} from '../steps/index.ts';

const stepHead = z.object({id: line, kind: z.string(), node: z.union([z.literal(''), name]), parameters: z.looseObject({})});
const captured = z.record(line, z.union([paragraph, z.number(), z.boolean(), z.null(), lines]));
const states = ['pending', 'started', 'done', 'skipped', 'failed', 'undoing', 'undone', 'left', 'undo-failed'] as const;
const entry = z.object({state: z.enum(states), before: z.nullable(captured), seconds: z.number(), says: line});
const entries = z.record(line, entry);
const outcomes = ['running', 'done', 'nothing-to-do', 'failed', 'interrupted', 'rolled-back', 'rollback-failed', 'incomplete'] as const;
const strategy = z.enum(['portmap', 'native']);
const valueOf = {yes: z.boolean(), node: name, nodes: z.array(name), texts: lines} as const;
const chosen = Object.fromEntries(choiceRows.map(row => [row.name, z.optional(valueOf[row.is])]));

const plan = z.object({
	apiVersion: z.literal('hostport.dev/v1'),
	kind: z.literal('Plan'),
	server: line,
	namespace: name,
	kubernetes: line,
	ciliumVersion: line,
	choice: z.object({strategy, nodes: z.optional(z.array(name)), ...chosen}),
	// Looked at one by one, up to the first that is none: who sends a million is not told of each.
	steps: z.array(z.unknown()),
	binaries: z.array(z.object({node: name, folder, cniVersions})),
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
	entries: z.record(z.string(), z.unknown()),
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
			`the journal ${where} is not one that this version writes: ${printableLine(why, 200)}`,
			'Nothing in it is carried out. Use the version that wrote it, or restore cilium-config by hand and then run: kubectl hostport cleanup --all',
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
	const plan = {...claimed, steps, summary: '', sideEffects: [], options: [], refusals: [], warnings: []};
	return {...rest, plan, entries: readEntries(steps, rest.entries, where)} as Journal;
}

/** Reads what a later line of a journal's file has changed; undefined where it is none. */
export function readJournalPart(value: unknown): z.infer<typeof journalPart> | undefined {
	const read = journalPart.safeParse(value);
	return read.success ? read.data : undefined;
}

function readStep(value: unknown, namespace: string, where: string): Step {
	const head = stepHead.safeParse(value);
	if (!head.success) throw new UnreadableJournal(where, `a step: ${firstIssue(head.error)}`);
	const {id, kind, node, parameters: claimed} = head.data;
	const known = kindNamed(kind);
	if (known === undefined) throw new UnreadableJournal(where, `unknown kind of step: ${kind}`);
	const read = known.parameters.safeParse(claimed);
	if (!read.success) throw new UnreadableJournal(where, `${kind}: ${firstIssue(read.error)}`);
	const own = read.data;
	if (known.workload === undefined && hasNamespace(own) && own.namespace !== namespace)
		throw new UnreadableJournal(where, `${kind} is for the namespace ${own.namespace}`);
	const step = withWords(known, node, own);
	if (step.id !== id) throw new UnreadableJournal(where, `${kind} has the id ${id}`);
	return step;
}

const hasNamespace = (own: unknown): own is {readonly namespace: string} =>
	typeof own === 'object' && own !== null && 'namespace' in own && typeof own.namespace === 'string';

/** What a step says of another has to be there, and what it has captured has to be of its kind. */
function readEntries(steps: readonly Step[], claimed: Readonly<Record<string, unknown>>, where: string): Journal['entries'] {
	const isChaining = steps.some(chains);
	for (const step of steps) {
		const why = kindOf(step).contradiction?.(step.parameters, {isChaining}) ?? '';
		if (why !== '') throw new UnreadableJournal(where, why);
	}

	const known = new Map(steps.map(step => [step.id, step]));
	const all = Object.entries(claimed).map(([id, value]): [string, Journal['entries'][string]] => {
		const step = known.get(id);
		if (step === undefined) throw new UnreadableJournal(where, `unknown step: ${id}`);
		const read = entry.safeParse(value);
		if (!read.success) throw new UnreadableJournal(where, `the state of ${id}: ${firstIssue(read.error)}`);
		const state = read.data;
		if (state.before === null) return [id, state];
		const before = kindOf(step).captured.safeParse(state.before);
		if (!before.success) throw new UnreadableJournal(where, `what ${id} has captured: ${firstIssue(before.error)}`);
		return [id, {...state, before: before.data as Captured}];
	});
	return Object.fromEntries(all);
}
