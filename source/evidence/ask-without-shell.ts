import pMap from 'p-map';
import type {NodeAccess, RunResult} from '../access/access.ts';
import {agentCommands, runFirst} from '../access/agent-command.ts';
import {MissingProgram} from '../access/missing-program.ts';
import type {NodeQuestion} from './ask-node.ts';
import type {Observation} from './evidence.ts';
import type {NodeRecord} from './node-records.ts';
import {observationOf} from './parse-node-output.ts';

/** Programs of one node that run at the same time, each a round trip of its own. */
const concurrency = 4;
/** Of one program's answer; what is longer counts as not told, never as the whole. */
const maximumOutputBytes = 8 * 1024 * 1024;
/** Lines of one table that are kept, as the node script keeps them. */
const maximumRules = 40_000;
const notFound = 127;

type Program = {
	/** Its record, as the node script names it. */
	readonly key: string;
	/** Stands before the answer: which table it is. */
	readonly heading?: string;
	/** Words of the command; of several forms the first that the image has. */
	readonly commands: ReadonlyArray<readonly string[]>;
	/** What is asked where the answer to those is no JSON object. */
	readonly asText?: ReadonlyArray<readonly string[]>;
};

const agentPrograms: readonly Program[] = [
	{key: 'agent-status', commands: agentCommands('status', '-o', 'json')},
	{key: 'services', commands: agentCommands('service', 'list', '-o', 'json')},
	{key: 'datapath', commands: agentCommands('bpf', 'lb', 'list', '-o', 'json'), asText: agentCommands('bpf', 'lb', 'list')},
];

const natPrograms: readonly Program[] = ['nft', 'legacy'].flatMap(build =>
	[4, 6].map(family => ({
		key: 'nat',
		heading: `${build}-${family}`,
		commands: [[`ip${family === 6 ? '6' : ''}tables-${build}-save`]],
	})),
);

/**
 * Asks the agent's container what needs no shell, program by program: its status, its service entries, what its datapath holds, the rules. Folders, sockets
 * and the node's own facts stay unseen.
 * @throws MissingProgram where the image has none of these programs
 */
export async function askWithoutShell(
	runProgram: NonNullable<NodeAccess['runProgram']>,
	{nat, signal, timeoutMilliseconds}: Pick<NodeQuestion, 'nat' | 'signal' | 'timeoutMilliseconds'>,
): Promise<Observation> {
	const programs = [...agentPrograms, ...(nat ? natPrograms : [])];
	const stop = new AbortController();
	const options = {signal: AbortSignal.any([signal, stop.signal]), timeoutMilliseconds, maximumOutputBytes};
	try {
		const answers = await pMap(programs, async program => ({program, result: await answerOf(program, runProgram, options)}), {
			concurrency,
		});
		if (answers.every(({result}) => result === undefined))
			throw new MissingProgram(
				'the agent’s image has neither a shell nor its own command',
				'Use another access: --via ssh, or --via pod with --image.',
			);
		return observationOf([...answers.flatMap(({program, result}) => recordsFor(program, result)), {key: 'end', value: ''}], {
			configurationFolder: undefined,
			binaryFolder: undefined,
		});
	} finally {
		stop.abort();
	}
}

async function answerOf(
	{commands, asText}: Program,
	runProgram: NonNullable<NodeAccess['runProgram']>,
	options: Parameters<NonNullable<NodeAccess['runProgram']>>[1],
): Promise<RunResult | undefined> {
	const result = await runFirst(commands, runProgram, options);
	return result === undefined || asText === undefined || result.stdout.startsWith('{') ? result : runFirst(asText, runProgram, options);
}

/** The answer in the node script's form. */
function recordsFor({key, heading}: Program, result: RunResult | undefined): NodeRecord[] {
	const before = heading === undefined ? '' : `${heading}\n`;
	if (result === undefined)
		return heading === undefined
			? []
			: [
					{key, value: before},
					{key: 'status', value: String(notFound)},
				];
	const {stdout, stderr, exitCode, truncated} = result;
	const text = heading === undefined ? stdout : keptRules(stdout);
	const complaint = exitCode === 0 || stderr === '' ? '' : `\n${stderr}`;
	return [{key, value: `${before}${text}${complaint}`}, ...(truncated ? [] : [{key: 'status', value: String(exitCode)}])];
}

/** What the node script sends of all rules: those of CNI plugins, kube-proxy's marks, the built-in chains, and what drops. */
function keptRules(text: string): string {
	return text
		.split('\n')
		.filter(line => kept.test(line))
		.slice(0, maximumRules)
		.join('\n');
}

const kept =
	/CNI-|^:(?:KUBE-SERVICES|KUBE-NODEPORTS|KUBE-PROXY-CANARY|KUBE-KUBELET-CANARY|KUBE-IPTABLES-HINT) |^[^-:#]|^-A (?:PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING) |^-A .* -j (?:DROP|REJECT|NOTRACK|CT --notrack)(?: |$)|^:FORWARD DROP /u;
