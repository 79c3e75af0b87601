import {randomBytes} from 'node:crypto';
import type {NodeAccess} from '../access/access.ts';
import {MissingProgram, withoutShellHint} from '../access/missing-program.ts';
import {ActionableError} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';
import {ownTurn} from '../own-turn.ts';
import type {Observation} from './evidence.ts';
import {nodeScript} from './node-script.ts';
import {recordsOf} from './node-records.ts';
import {parseNodeOutput} from './parse-node-output.ts';

/** Far above what the script's own limits let through on a real node. */
const maximumOutputBytes = 16 * 1024 * 1024;

/** What one run of the node script asks. */
export type NodeQuestion = {
	/** Ask for what the host's network shows to anyone in it: listeners, port range. */
	readonly hostNetwork: boolean;
	/** Ask for the nat rules: needs NET_ADMIN in the host's network. */
	readonly nat: boolean;
	/** What to connect to over TCP, `ADDRESS,PORT,…`: needs the host's network. */
	readonly targets: readonly string[];
	readonly signal: AbortSignal;
	readonly timeoutMilliseconds: number;
};

/**
 * Asks a node everything that this access can see, in one round trip.
 * @throws MissingProgram where nothing of the script's answer came back: it needs a shell, and `head` to be given to it
 */
export async function askNode(
	access: NodeAccess,
	{hostNetwork, nat, targets, signal, timeoutMilliseconds}: NodeQuestion,
): Promise<Observation> {
	const marker = randomBytes(8).toString('hex');
	const {configurationFolder, binaryFolder} = access;
	const parameters = [
		`marker=${marker}`,
		...(configurationFolder === undefined ? [] : [`conf=${configurationFolder.seen}`]),
		...(binaryFolder === undefined ? [] : [`bin=${binaryFolder.seen}`]),
		...agentParameter(access),
		...(nat ? ['nat=1'] : []),
		...(hostNetwork ? ['proc=/proc', 'sys=/sys', ...targets.map(target => `connect=${target}`)] : []),
		...(access.isOnNode === true ? ['root=/'] : []),
	];
	await ownTurn();
	const began = performance.now();
	const result = await access.run(nodeScript, {parameters, signal, timeoutMilliseconds, maximumOutputBytes});
	await ownTurn();
	if (recordsOf(result.stdout, marker).length === 0) {
		const said = printableLine(result.stderr || result.stdout, 200);
		// Talos and others have a system without a shell (util-linux and busybox, nsenter; cilium/cilium#16771).
		if (access.isOnNode === true && /nsenter: (?:failed to execute|can't execute|exec)/u.test(said))
			throw new ActionableError(
				`${access.node} itself has no shell (${said}): what only the node knows, such as its runtime’s configuration, was not read`,
				'The result still contains what a pod can read of it.',
			);
		throw new MissingProgram(
			`${access.label} did not run the node script (exit code ${result.exitCode})${said === '' ? '' : `: ${said}`}`,
			`Use ${withoutShellHint}; the script needs a POSIX sh, head and stat`,
		);
	}

	return parseNodeOutput(result.stdout, {
		marker,
		configurationFolder: configurationFolder?.host,
		binaryFolder: binaryFolder?.host,
		isOnNode: access.isOnNode === true,
		asked: {label: access.label, milliseconds: performance.now() - began},
	});
}

function agentParameter({hasAgentCommand, agentContainer}: NodeAccess): string[] {
	if (hasAgentCommand) return ['agent=1'];
	return agentContainer === undefined ? [] : [`agent=${agentContainer}`];
}
