/**
 * The states of a journal's steps in a ConfigMap, in parts of some steps each: what a step writes is its own part, not what thousands of others
 * came to. Whoever reads puts the parts together again, within one bound for all of them.
 */
import {promisify} from 'node:util';
import {gunzip, gzip} from 'node:zlib';
import {parseJson} from '../../bounded-json.ts';
import type {Entry, Journal} from '../journal.ts';
import {UnreadableJournal} from './journal-schema.ts';

const zip = promisify(gzip);
const unzip = promisify(gunzip);
/** Unpacked, for the plan and for all states: a run on 5,000 nodes takes some 5 MiB. */
const largestJournal = 16 * 1024 * 1024;
/** Of these too; such a run has some 200,000. */
const mostValues = 1_000_000;
/** Written together, and packed the better for it. */
const stepsOfPart = 40;
/** As many as there are parts of the largest journal. */
const partName = /^state(?:-[1-9]\d{0,4})?$/u;

const nameOfPart = (index: number): string => (index < stepsOfPart ? 'state' : `state-${Math.floor(index / stepsOfPart)}`);

/** JSON, compressed, as text. */
export async function packed(value: unknown): Promise<string> {
	return (await zip(JSON.stringify(value))).toString('base64');
}

/** What `packed` made. @throws for what is none, or unpacks to more than is allowed */
export async function unpacked(text: string): Promise<unknown> {
	return parseJson(await unzip(Buffer.from(text, 'base64'), {maxOutputLength: largestJournal}), mostValues);
}

/**
 * Parts of a ConfigMap that hold the states of these steps, and of those that stand beside them.
 * @param changed ids of steps; all that have a state, unless told
 */
export async function packedStates(
	{plan, entries}: Pick<Journal, 'plan' | 'entries'>,
	changed?: readonly string[],
): Promise<Record<string, string>> {
	const wanted = changed === undefined ? undefined : new Set(changed);
	const parts = new Map<string, Record<string, Entry>>();
	const touched = new Set<string>(wanted === undefined ? ['state'] : []);
	for (const [index, {id}] of plan.steps.entries()) {
		const name = nameOfPart(index);
		const entry = entries[id];
		if (entry !== undefined) parts.set(name, Object.assign(parts.get(name) ?? {}, {[id]: entry}));
		if (wanted === undefined ? entry !== undefined : wanted.has(id)) touched.add(name);
	}

	return Object.fromEntries(await Promise.all([...touched].map(async name => [name, await packed(parts.get(name) ?? {})] as const)));
}

/** Names of parts that a ConfigMap has. */
export const partsIn = (data: Readonly<Record<string, string | undefined>>): string[] =>
	Object.keys(data).filter(name => partName.test(name));

/** The states in all parts of a ConfigMap, as they were claimed. @throws UnreadableJournal where two parts tell of one step */
export async function unpackedStates(data: Readonly<Record<string, string | undefined>>, where: string): Promise<Record<string, unknown>> {
	const states = new Map<string, unknown>();
	let left = largestJournal;
	// One after another: what a small part unpacks to may be large.
	for (const name of partsIn(data)) {
		const text = await unzip(Buffer.from(data[name] ?? '', 'base64'), {maxOutputLength: Math.max(1, left)});
		const part = parseJson(text, mostValues);
		if (typeof part !== 'object' || part === null || Array.isArray(part)) throw new UnreadableJournal(where, `${name} holds no states`);
		left -= text.length;
		for (const [id, state] of Object.entries(part)) {
			if (states.has(id)) throw new UnreadableJournal(where, `two parts hold the state of ${id}`);
			states.set(id, state);
		}
	}

	return Object.fromEntries(states);
}
