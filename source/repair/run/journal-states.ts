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
const largestJournal = 32 * 1024 * 1024;
/** Of the packed plan; larger ones stand in several parts. */
const largestPiece = 250_000;
/** Of these too; such a run has some 200,000. */
const mostValues = 1_000_000;
/** Written together, and packed the better for it. */
const stepsOfPart = 40;
/** As many as there are parts of the largest journal. */
const stateName = /^state(?:-[1-9]\d{0,4})?$/u;
const planName = /^plan(?:-[1-9]\d{0,2})?$/u;

const nameOfPart = (part: number): string => (part === 0 ? 'state' : `state-${part}`);

/** JSON, compressed, as text. */
async function packed(value: unknown): Promise<string> {
	return (await zip(JSON.stringify(value))).toString('base64');
}

/** What `packed` made. @throws for what is none, or unpacks to more than is allowed */
async function unpacked(text: string): Promise<unknown> {
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
	const places = placesOf(plan.steps);
	const told = (changed ?? Object.keys(entries)).flatMap(id => places.get(id) ?? []);
	const touched = new Set([...(changed === undefined ? [0] : []), ...told.map(place => Math.floor(place / stepsOfPart))]);
	const parts = [...touched].map(async part => {
		const ids = plan.steps.slice(part * stepsOfPart, (part + 1) * stepsOfPart).map(({id}) => id);
		const own: Array<[string, Entry | undefined]> = ids.map(id => [id, entries[id]]);
		return [nameOfPart(part), await packed(Object.fromEntries(own.filter(([, entry]) => entry !== undefined)))] as const;
	});
	return Object.fromEntries(await Promise.all(parts));
}

/** Found once for each plan: a run of thousands of steps writes thousands of times. */
const known = new WeakMap<object, ReadonlyMap<string, number>>();

function placesOf(steps: Journal['plan']['steps']): ReadonlyMap<string, number> {
	const places = known.get(steps) ?? new Map(steps.map(({id}, index) => [id, index]));
	known.set(steps, places);
	return places;
}

/** Whether a value of a ConfigMap is a part of plan or states, by its name. */
export const isPart = (name: string): boolean => stateName.test(name) || planName.test(name);

/**
 * The plan, in as many parts as it takes.
 * @throws where a plan is so large that it could not be read again
 */
export async function packedPlan(plan: Journal['plan']): Promise<Record<string, string>> {
	const text = await packed(plan);
	await unpacked(text);
	const pieces = Array.from({length: Math.ceil(text.length / largestPiece)}, (_, index) =>
		text.slice(index * largestPiece, (index + 1) * largestPiece),
	);
	return Object.fromEntries(pieces.map((piece, index) => [index === 0 ? 'plan' : `plan-${index}`, piece]));
}

/** The plan in the parts of a ConfigMap, as it was claimed. @throws for what is none, or unpacks to more than is allowed */
export async function unpackedPlan(data: Readonly<Record<string, string | undefined>>): Promise<unknown> {
	const pieces = [data['plan'] ?? ''];
	for (;;) {
		const piece = data[`plan-${pieces.length}`];
		if (piece === undefined) return unpacked(pieces.join(''));
		pieces.push(piece);
	}
}

/** The states in all parts of a ConfigMap, as they were claimed. @throws UnreadableJournal where two parts tell of one step */
export async function unpackedStates(data: Readonly<Record<string, string | undefined>>, where: string): Promise<Record<string, unknown>> {
	const states = new Map<string, unknown>();
	let left = largestJournal;
	// One after another: what a small part unpacks to may be large.
	for (const name of Object.keys(data).filter(each => stateName.test(each))) {
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
