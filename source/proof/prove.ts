import {randomBytes} from 'node:crypto';
import pMap from 'p-map';
import type {NodeAccess} from '../access/access.ts';
import {connectFromHere, type ConnectFromHere} from '../connect/connect-from-here.ts';
import type {ProbeAnswer} from '../connect/connection.ts';
import {MissingProgram, withoutShellHint} from '../access/missing-program.ts';
import {UnpulledImage, unpulledHint} from '../access/unpulled-image.ts';
import {messageOf} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import {eachInParallel} from '../parallelism.ts';
import type {Pressure} from '../pressure.ts';
import {connectingScript} from './connecting-script.ts';
import {judged, type Said} from './judge.ts';
import {parseAnswers, type Answers} from './parse-answers.ts';
import type {Question} from './probes.ts';
import type {PodResult, Proof, ProofResult, UnjudgedResult} from './proof.ts';
import {askUntilSettled, type Unsettled} from './settle.ts';

type ProveOptions = {
	readonly signal: AbortSignal;
	/** RFC 3339, for the result. */
	readonly generatedAt: string;
	/** Connects from this machine to the demo's made up addresses. */
	readonly demoNetwork?: ConnectFromHere | undefined;
	/** Limit of one connection, in seconds. */
	readonly connectSeconds: number;
	/** The most places asked at the same time, unless told as many as turns out well; within a place the script itself bounds. */
	readonly concurrency?: number | undefined;
	/** Of the server that places are reached over. */
	readonly pressure?: Pressure | undefined;
	/**
	 * Opens the way into the place that a question is asked from. It is closed again here; that something could not be removed is the
	 * opener's to find out.
	 */
	open(question: Question): Promise<NodeAccess>;
	/** What `check` said just before; nothing unless told. */
	readonly said?: Said;
	/** Nodes whose agent has just started: what fails there is asked again. */
	readonly unsettled?: Unsettled;
	/** Told before it is asked again: how many connections. */
	readonly onSettle?: (connections: number) => void;
	/** Called as first answers come; the verdict may still change when the others are known. */
	readonly onResult?: (result: ProofResult) => void;
	/** Called with what pods answer at their own addresses. */
	readonly onPod?: (pod: PodResult) => void;
};

/** The questions are words of a command, which travels in an address: gateways in front of API servers limit it (nginx: 8 KiB). */
const probesOfOneCall = 64;

/**
 * Connects: one round trip for each place. A place that cannot be asked is named in `unasked` and stops nothing; a hostPort's own pod
 * that has no shell, or that we may not enter, is only skipped.
 * @throws the signal's reason when it is aborted
 */
export async function prove(questions: readonly Question[], options: ProveOptions): Promise<Proof> {
	const {said, unsettled = new Map<string, number>(), signal} = options;
	const answers = new Map<number, ProbeAnswer>();
	const tell = (question: Question, answer: ProbeAnswer): void => {
		answers.set(question.probe.id, answer);
		if (question.from === 'own-address') return options.onPod?.(podOf(question, answer));
		for (const result of judged([resultOf(question, question.from, answer)], [], said)) options.onResult?.(result);
	};

	const missing = await askAll(questions, options, tell);
	await askUntilSettled(questions, {
		unsettled,
		signal,
		answerTo: ({probe}) => answers.get(probe.id),
		async ask(again) {
			await askAll(again, options, ({probe}, answer) => answers.set(probe.id, answer));
		},
		...(options.onSettle !== undefined && {onSettle: options.onSettle}),
	});
	return assemble(questions, answers, {...missing, said, generatedAt: options.generatedAt});
}

type Missing = Pick<Proof, 'unasked' | 'skipped'>;

/** Asks every place at the same time, in the limits of the options. @throws the signal's reason */
async function askAll(
	questions: readonly Question[],
	options: ProveOptions,
	tell: (question: Question, answer: ProbeAnswer) => void,
): Promise<Missing> {
	const unasked: string[] = [];
	const skipped: string[] = [];
	const fromHere = questions.filter(({from}) => from === 'client');
	const places = Map.groupBy(
		questions.filter(({from}) => from !== 'client'),
		placeOf,
	);
	await Promise.all([
		pMap(
			fromHere,
			async question =>
				tell(
					question,
					await (options.demoNetwork ?? connectFromHere)(question.probe, {
						signal: options.signal,
						timeoutMilliseconds: options.connectSeconds * 1000,
					}),
				),
			{concurrency: 64},
		),
		eachInParallel(
			places,
			async ([place, asked]) => {
				const [first] = asked;
				// Not thrown from here: that would leave while what other places made is still being removed.
				if (first === undefined || options.signal.aborted) return;
				const left = first.from === 'pod-itself' ? skipped : unasked;
				try {
					const {found, reason} = await askPlace(asked, first, options);
					let unanswered = 0;
					for (const question of asked) {
						const answer = found.get(question.probe.id);
						if (answer === undefined) unanswered += 1;
						else tell(question, answer);
					}

					if (unanswered > 0) {
						const why = reason === '' ? '' : ` (${reason})`;
						left.push(`${place}: ${unanswered} of ${asked.length} connections were not tried${why}`);
					}
				} catch (error) {
					if (!options.signal.aborted) left.push(`${place}: ${messageOf(error)}${first.from === 'pod-itself' ? '' : otherAccess(error)}`);
				}
			},
			{most: options.concurrency, pressure: options.pressure},
		),
	]);
	options.signal.throwIfAborted();
	return {unasked: unasked.sort(), skipped: skipped.sort()};
}

/** What would do instead, where the image is of our choosing. */
export function otherAccess(error: unknown): string {
	if (error instanceof MissingProgram) return `; ${withoutShellHint}`;
	return error instanceof UnpulledImage ? `; ${unpulledHint}` : '';
}

function placeOf({from, via, container}: Question): string {
	if (from === 'pod-itself' && container !== undefined) return `pod ${container.namespace}/${container.pod} itself`;
	return from === 'pod' ? `a pod on ${via}` : via;
}

async function askPlace(asked: readonly Question[], first: Question, options: ProveOptions): Promise<Answers> {
	const access = await options.open(first);
	try {
		const found = new Map<number, ProbeAnswer>();
		let reason = '';
		for (let start = 0; start < asked.length; start += probesOfOneCall) {
			const once = await askOnce(access, asked.slice(start, start + probesOfOneCall), options);
			for (const [id, answer] of once.found) found.set(id, answer);
			reason ||= once.reason;
		}

		return {found, reason};
	} finally {
		// What was answered counts even so; whoever opened it looks at its end whether anything is left, and tells.
		await access.close().catch(() => undefined);
	}
}

async function askOnce(access: NodeAccess, asked: readonly Question[], {signal, connectSeconds}: ProveOptions): Promise<Answers> {
	const marker = randomBytes(8).toString('hex');
	const words = asked.flatMap(({probe}) => [String(probe.id), probe.protocol, probe.address, String(probe.port)]);
	const {stdout, stderr} = await access.run(connectingScript, {
		parameters: [marker, String(connectSeconds), ...words],
		signal,
		// The script tries sixteen at a time, each with its limit; and the shell itself needs some time.
		timeoutMilliseconds: (Math.ceil(asked.length / 16) * (connectSeconds + 1) + 10) * 1000,
	});
	const answers = parseAnswers(stdout, marker);
	if (answers.found.size === 0 && answers.reason === '') throw new Error(printableLine(stderr || stdout, 200) || 'it answered nothing');
	return answers;
}

function assemble(
	questions: readonly Question[],
	answers: ReadonlyMap<number, ProbeAnswer>,
	{unasked, skipped, said, generatedAt}: Missing & {said: Said | undefined; generatedAt: string},
): Proof {
	const results: UnjudgedResult[] = [];
	const pods: PodResult[] = [];
	for (const question of questions) {
		const answer = answers.get(question.probe.id);
		if (answer === undefined) continue;
		if (question.from === 'own-address') pods.push(podOf(question, answer));
		else results.push(resultOf(question, question.from, answer));
	}

	return {apiVersion: 'hostport.dev/v1', kind: 'Proof', generatedAt, results: judged(results, pods, said), pods, unasked, skipped};
}

const podOf = ({hostPort, node, probe}: Question, answer: ProbeAnswer): PodResult => ({hostPort, node, address: probe.address, ...answer});

const resultOf = (
	{hostPort, node, via, probe, by, expected, because}: Question,
	from: ProofResult['from'],
	answer: ProbeAnswer,
): UnjudgedResult => ({hostPort, node, from, via, address: probe.address, ...answer, by, expected, because});
