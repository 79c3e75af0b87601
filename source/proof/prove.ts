import {randomBytes} from 'node:crypto';
import pMap from 'p-map';
import type {NodeAccess} from '../access/access.ts';
import {messageOf} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import {connectFromHere} from './connect-from-here.ts';
import connectScript from './connect-script.sh';
import {judged} from './judge.ts';
import {parseAnswers, type Answers} from './parse-answers.ts';
import type {Question} from './probes.ts';
import type {PodResult, ProbeAnswer, Proof, ProofResult, UnjudgedResult} from './proof.ts';

export type ProveOptions = {
	readonly signal: AbortSignal;
	/** RFC 3339, for the result. */
	readonly generatedAt: string;
	/** Limit of one connection, in seconds. */
	readonly connectSeconds: number;
	/** Places asked at the same time; within a place the script itself bounds. */
	readonly concurrency: number;
	/**
	 * Opens the way into the node's own network (`pod` false) or into an ordinary pod on it (`pod` true). It is closed again here;
	 * that something could not be removed is the opener's to find out.
	 */
	open(node: string, pod: boolean): Promise<NodeAccess>;
	/** Called as answers come; the verdict may still change when the others are known. */
	readonly onResult?: (result: ProofResult) => void;
	/** Called with what pods answer at their own addresses. */
	readonly onPod?: (pod: PodResult) => void;
};

/** The questions are words of a command, which travels in an address: gateways in front of API servers limit it (nginx: 8 KiB). */
const probesOfOneCall = 64;

/**
 * Connects: one round trip for each place. A place that cannot be asked is named in `unasked` and stops nothing.
 * @throws the signal's reason when it is aborted
 */
export async function prove(questions: readonly Question[], options: ProveOptions): Promise<Proof> {
	const answers = new Map<number, ProbeAnswer>();
	const unasked: string[] = [];
	const told = (question: Question, answer: ProbeAnswer): void => {
		answers.set(question.probe.id, answer);
		if (question.from === 'pod-itself') return options.onPod?.(podOf(question, answer));
		for (const result of judged([resultOf(question, question.from, answer)], [])) options.onResult?.(result);
	};

	const fromHere = questions.filter(({from}) => from === 'client');
	const places = Map.groupBy(
		questions.filter(({from}) => from !== 'client'),
		({from, via}) => `${from === 'pod' ? 'pod' : 'node'} ${via}`,
	);
	await Promise.all([
		pMap(
			fromHere,
			async question =>
				told(question, await connectFromHere(question.probe, {signal: options.signal, timeoutMilliseconds: options.connectSeconds * 1000})),
			{concurrency: 64},
		),
		pMap(
			places.values(),
			async asked => {
				const [first] = asked;
				// Not thrown from here: that would leave while what other places made is still being removed.
				if (first === undefined || options.signal.aborted) return;
				try {
					const {found, reason} = await askPlace(asked, first, options);
					let unanswered = 0;
					for (const question of asked) {
						const answer = found.get(question.probe.id);
						if (answer === undefined) unanswered += 1;
						else told(question, answer);
					}

					if (unanswered > 0) {
						const why = reason === '' ? '' : ` (${reason})`;
						unasked.push(`${placeOf(first)}: ${unanswered} of ${asked.length} connections were not tried${why}`);
					}
				} catch (error) {
					if (!options.signal.aborted) unasked.push(`${placeOf(first)}: ${messageOf(error)}`);
				}
			},
			{concurrency: options.concurrency},
		),
	]);
	options.signal.throwIfAborted();
	return assemble(questions, answers, {unasked: unasked.sort(), generatedAt: options.generatedAt});
}

const placeOf = ({from, via}: Question): string => `${from === 'pod' ? 'a pod on ' : ''}${via}`;

async function askPlace(asked: readonly Question[], {from, via}: Question, options: ProveOptions): Promise<Answers> {
	const access = await options.open(via, from === 'pod');
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
	const {stdout, stderr} = await access.run(connectScript, {
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
	{unasked, generatedAt}: {unasked: readonly string[]; generatedAt: string},
): Proof {
	const results: UnjudgedResult[] = [];
	const pods: PodResult[] = [];
	for (const question of questions) {
		const answer = answers.get(question.probe.id);
		if (answer === undefined) continue;
		if (question.from === 'pod-itself') pods.push(podOf(question, answer));
		else results.push(resultOf(question, question.from, answer));
	}

	return {apiVersion: 'hostport.dev/v1', kind: 'Proof', generatedAt, results: judged(results, pods), pods, unasked};
}

const podOf = ({hostPort, node, probe}: Question, answer: ProbeAnswer): PodResult => ({hostPort, node, address: probe.address, ...answer});

const resultOf = ({hostPort, node, via, probe, by}: Question, from: ProofResult['from'], answer: ProbeAnswer): UnjudgedResult => ({
	hostPort,
	node,
	from,
	via,
	address: probe.address,
	...answer,
	by,
});
