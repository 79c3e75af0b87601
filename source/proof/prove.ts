import {randomBytes} from 'node:crypto';
import pMap from 'p-map';
import type {NodeAccess} from '../access/access.ts';
import {messageOf} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import {connectFromHere} from './connect-from-here.ts';
import connectScript from './connect-script.sh';
import {parseAnswers} from './parse-answers.ts';
import type {Question} from './probes.ts';
import type {PodResult, ProbeAnswer, Proof, ProofResult} from './proof.ts';

export type ProveOptions = {
	readonly signal: AbortSignal;
	/** RFC 3339, for the result. */
	readonly generatedAt: string;
	/** Limit of one connection, in seconds. */
	readonly connectSeconds: number;
	/** Places asked at the same time; within a place the script itself bounds. */
	readonly concurrency: number;
	/** Opens the way into the node's own network (`pod` false) or into an ordinary pod on it (`pod` true). It is closed again here. */
	open(node: string, pod: boolean): Promise<NodeAccess>;
	onResult?(result: ProofResult): void;
};

/**
 * Connects: one round trip for each place. A place that cannot be asked is named in `unasked` and stops nothing.
 * @throws the signal's reason when it is aborted
 */
export async function prove(questions: readonly Question[], options: ProveOptions): Promise<Proof> {
	const answers = new Map<number, ProbeAnswer>();
	const unasked: string[] = [];
	const told = (question: Question, answer: ProbeAnswer): void => {
		answers.set(question.probe.id, answer);
		if (question.from !== 'pod-itself') options.onResult?.(resultOf(question, question.from, answer));
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
				if (first === undefined) return;
				try {
					const found = await askPlace(asked, first, options);
					for (const question of asked) told(question, found.get(question.probe.id) ?? {ok: false, milliseconds: 0, error: 'not asked'});
				} catch (error) {
					options.signal.throwIfAborted();
					unasked.push(`${first.from === 'pod' ? 'a pod on ' : ''}${first.via}: ${messageOf(error)}`);
				}
			},
			{concurrency: options.concurrency},
		),
	]);
	options.signal.throwIfAborted();
	return assemble(questions, answers, {unasked: unasked.sort(), generatedAt: options.generatedAt});
}

async function askPlace(
	asked: readonly Question[],
	{from, via}: Question,
	options: ProveOptions,
): Promise<ReadonlyMap<number, ProbeAnswer>> {
	const access = await options.open(via, from === 'pod');
	try {
		const marker = randomBytes(8).toString('hex');
		const words = asked.flatMap(({probe}) => [String(probe.id), probe.protocol, probe.address, String(probe.port)]);
		// Thirty-two connections at a time, each with its limit, and some time for the shell itself.
		const timeoutMilliseconds = (Math.ceil(asked.length / 32) * (options.connectSeconds + 1) + 10) * 1000;
		const output = await access.run(connectScript, {
			parameters: [marker, String(options.connectSeconds), ...words],
			signal: options.signal,
			timeoutMilliseconds,
		});
		const answers = parseAnswers(output.stdout, marker);
		if (answers.size === 0) throw new Error(printableLine(output.stderr || output.stdout, 200) || 'the node answered nothing');
		return answers;
	} finally {
		await access.close();
	}
}

function assemble(
	questions: readonly Question[],
	answers: ReadonlyMap<number, ProbeAnswer>,
	{unasked, generatedAt}: {unasked: readonly string[]; generatedAt: string},
): Proof {
	const results: ProofResult[] = [];
	const pods: PodResult[] = [];
	for (const question of questions) {
		const answer = answers.get(question.probe.id);
		if (answer === undefined) continue;
		if (question.from === 'pod-itself')
			pods.push({hostPort: question.hostPort, node: question.via, address: question.probe.address, ...answer});
		else results.push(resultOf(question, question.from, answer));
	}

	return {apiVersion: 'hostport.dev/v1', kind: 'Proof', generatedAt, results, pods, unasked};
}

const resultOf = ({hostPort, via, probe}: Question, from: ProofResult['from'], answer: ProbeAnswer): ProofResult => ({
	hostPort,
	from,
	via,
	address: probe.address,
	...answer,
});
